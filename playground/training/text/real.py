"""Text that people wrote: which documents of a part are kept, and in which order they are taken."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable

from playground.text.prompts import ASSISTANT, USER

ENDS = tuple('.!?")*')
PLACEHOLDERS = ("name)", "(user", "user 1", "user 2", "[name", "[user")


def turns(document: str) -> list[str]:
    return [line.removeprefix(USER).removeprefix(ASSISTANT).strip() for line in document.split("\n")]


def persona(document: str) -> bool:
    """Whether a document of the part ``dialog`` is from Synthetic-Persona-Chat, and names its people.

    The part holds Persona-Chat, then Topical-Chat. A Topical-Chat document has 20 turns or more, of 19 words on average,
    and a quarter of its turns lack a large letter or an ending; Persona-Chat has 9 words a turn and hardly an untidy one.
    Of the training file's 3,346 documents this keeps 1,169 of the 1,260 Persona ones, less 149 with "(user 1's name)" in
    them, and 7 of the 2,086 others.
    """
    if any(mark in document.lower() for mark in PLACEHOLDERS):
        return False
    told = turns(document)
    tidy = sum(turn[-1:] in ENDS and not turn[:1].islower() for turn in told)
    return len(told) < 20 or (sum(len(turn.split()) for turn in told) <= 12 * len(told) and tidy >= 0.95 * len(told))


KEEP: dict[str, Callable[[str], bool]] = {"all": lambda document: True, "persona": persona}


def cut_down(documents: Iterable[str], size: float) -> list[str]:
    """Different documents of ``size`` bytes at most, those with the smallest hashes, so that a larger share holds the
    documents of a smaller one."""
    chosen, taken = [], 0
    for document in sorted(set(documents), key=lambda document: hashlib.sha256(document.encode()).digest()):
        taken += len(document.encode())
        if taken > size:
            break
        chosen.append(document)
    return chosen
