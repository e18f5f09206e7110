"""Whether a prompt lies outside what twins know that learned from training/text: told from its words, and from how they surprise.

A word is strange when neither the made text nor the text of people has it, unusual when the made text has it not. A prompt is outside
when a word of it is strange, or when one is unusual and its words surprise the AR twin more than nearly all requests that it knows.
What is called or named something may be called anything.
"""
from __future__ import annotations

import re

from playground.training.text.prompts import NAMED
from playground.training.text.recognize import checks_of
from playground.training.text.score import WORD
from playground.training.text.vocabulary import made_words, peoples_words, tokens

SPEAKER = re.compile(r"^(?:User|Assistant):", re.M)


def outside(prompt: str, nats: float, limit: float) -> bool:
    """nats: how much the prompt surprises the AR twin in all; limit: nats a word."""
    text = NAMED.sub(" ", SPEAKER.sub(" ", prompt))
    unusual = [word for word in tokens(text) if not within(word, made_words())]
    if any(not within(word, peoples_words()) for word in unusual):
        return True
    odd = bool(unusual) or not tokens(text)
    return odd and nats > limit * count(prompt) and not checks_of(prompt)


def count(prompt: str) -> int:
    """Words and numbers, at least one."""
    return max(1, len(WORD.findall(prompt)))


def within(word: str, known: frozenset[str]) -> bool:
    return word in known or word.removesuffix("'s") in known
