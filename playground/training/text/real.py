"""Selects documents from the text that people wrote."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable

from playground.text.prompts import ASSISTANT, USER

ENDS = tuple('.!?")*')
PLACEHOLDERS = ("name)", "(user", "user 1", "user 2", "[name", "[user")


def turns(document: str) -> list[str]:
    """The turns of a dialogue without the speakers' names."""
    return [line.removeprefix(USER).removeprefix(ASSISTANT).strip() for line in document.split("\n")]


def persona(document: str) -> bool:
    """Whether a document of the part ``dialog`` is from Synthetic-Persona-Chat and has no placeholders for names.

    The part contains Persona-Chat and Topical-Chat. A Topical-Chat document has 20 turns or more, with 19 words per
    turn on average, and a quarter of its turns lack a capital or punctuation at the end. Persona-Chat has 9 words per
    turn, and nearly all turns are tidy. Of the 3,346 documents in the training file this keeps 1,169 of the 1,260
    from Persona-Chat, less 149 with placeholders such as "(user 1's name)", and 7 of the 2,086 others.
    """
    if any(mark in document.lower() for mark in PLACEHOLDERS):
        return False
    told = turns(document)
    tidy = sum(turn[-1:] in ENDS and not turn[:1].islower() for turn in told)
    return len(told) < 20 or (sum(len(turn.split()) for turn in told) <= 12 * len(told) and tidy >= 0.95 * len(told))


KEEP: dict[str, Callable[[str], bool]] = {"all": lambda document: True, "persona": persona}


def cut_down(documents: Iterable[str], size: float) -> list[str]:
    """Distinct documents of at most ``size`` UTF-8 bytes together, in order of their hashes. So a larger selection
    contains every smaller one."""
    chosen, taken = [], 0
    for document in sorted(set(documents), key=lambda document: hashlib.sha256(document.encode()).digest()):
        taken += len(document.encode())
        if taken > size:
            break
        chosen.append(document)
    return chosen
