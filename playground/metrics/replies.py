"""What a reply is worth, counted from its words: right, said twice, broken. No model, no page; any lane's text will do.

Whether it is right can be told only of requests that training/text knows by their wording (recognize.py); the rest of any reply.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from playground.text.prompts import first_turn
from playground.training.text.recognize import checks_of
from playground.training.text.score import Check, score
from playground.training.text.vocabulary import broken_words

ONE_TURN = re.compile(r"User:\s*([^\n]*)(?:\nAssistant:)?\s*")
SHOWN = 2  # faults that are named, and words of each


@dataclass(frozen=True)
class Worth:
    """right: None where nobody knows what a right reply holds; said: all of it in a few words, "" where there is nothing to say."""

    right: bool | None
    repeated: bool
    broken: bool
    said: str


def worth(prompt: str, reply: str) -> Worth:
    """Of the first turn of a reply to a request as it was typed."""
    turn = ONE_TURN.fullmatch(prompt)
    request, reply = turn[1] if turn else prompt, first_turn(reply)
    checks = checks_of(request)
    scored = [(score(reply, check), check) for check in checks or (Check(request),)]
    best, check = min(
        scored, key=lambda one: (not one[0].right, len(one[0].missing) + len(one[0].wrong))
    )  # the kindest reading
    odd = broken_words(reply, f"{check.prompt} {check.expected}")
    if not checks:
        return Worth(None, best.repeated, best.broken, said(best.repeated, odd))
    told = said(best.repeated, odd, best.missing, best.wrong)
    return Worth(best.right, best.repeated, best.broken, "right" if best.right else f"wrong: {told or 'it breaks off'}")


def said(repeated: bool, odd: Sequence[str], missing: Sequence[str] = (), wrong: Sequence[str] = ()) -> str:
    """The first faults in words; "" for none."""
    named = ((verb, [f"“{word}”" for word in words][:SHOWN]) for verb, words in (("lacks", missing), ("says", wrong)))
    faults = [
        *["it says something twice"] * repeated,
        *[f"“{word}” is no word" for word in odd[:1]],
        *(f"it {verb} {' and '.join(words)}" for verb, words in named if words),
    ]
    return " and ".join(faults[:SHOWN])
