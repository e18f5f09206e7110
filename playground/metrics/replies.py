"""Judges a reply by its words: is it right, does it repeat itself, does it contain broken words? No model, no page.

Only requests that training/text/recognize.py knows by their wording have a right answer. The other two can be judged
for any reply.
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
SHOWN = 2  # the most faults that are named, and the most words quoted for each


@dataclass(frozen=True)
class Worth:
    """The judgement of one reply."""

    right: bool | None  # whether it holds what the request asks for; None if the request is not recognised
    repeated: bool  # whether it says something twice
    broken: bool  # whether it contains a word that neither the vocabulary nor the request has
    said: str  # the judgement in a few words; "" if there is nothing to say

    @property
    def grade(self) -> str:
        """The judgement in a word or two: "right", "repeated", "broken", "repeated and broken" or "wrong"."""
        faults = ["repeated"] * self.repeated + ["broken"] * self.broken
        return "right" if self.right else " and ".join(faults) or ("wrong" if self.right is False else "readable")

    @property
    def fault(self) -> str:
        """What is wrong with it; empty where nothing is, or nothing is known."""
        return "" if self.right else self.said.removeprefix("wrong: ")


def worth(prompt: str, reply: str) -> Worth:
    """Judge the first turn of a reply. prompt: the request as the visitor typed it."""
    turn = ONE_TURN.fullmatch(prompt)
    request, reply = turn[1] if turn else prompt, first_turn(reply)
    checks = checks_of(request)
    scored = [(score(reply, check), check) for check in checks or (Check(request),)]
    best, check = min(
        scored, key=lambda one: (not one[0].right, len(one[0].missing) + len(one[0].wrong))
    )  # of several readings of the request, the one that the reply serves best
    odd = broken_words(reply, f"{check.prompt} {check.expected}")
    if not checks:
        return Worth(None, best.repeated, best.broken, said(best.repeated, odd))
    told = said(best.repeated, odd, best.missing, best.wrong)
    return Worth(best.right, best.repeated, best.broken, "right" if best.right else f"wrong: {told or 'it breaks off'}")


def said(repeated: bool, odd: Sequence[str], missing: Sequence[str] = (), wrong: Sequence[str] = ()) -> str:
    """The first SHOWN faults in words; "" if there are none. odd: broken words."""
    named = ((verb, [f"“{word}”" for word in words][:SHOWN]) for verb, words in (("lacks", missing), ("says", wrong)))
    faults = [
        *["it says something twice"] * repeated,
        *[f"“{word}” is no word" for word in odd[:1]],
        *(f"it {verb} {' and '.join(words)}" for verb, words in named if words),
    ]
    return " and ".join(faults[:SHOWN])
