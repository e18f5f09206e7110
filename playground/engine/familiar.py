"""Whether a prompt lies outside what twins know that learned from training/text: told from its words, and from how they surprise.

A word is unusual when the made text has it not, and strange when the text of people has it not either. A prompt is outside when it has
such a word and surprises the AR twin, by the word, more than nearly all requests that it knows; with a strange word, more than most.
What is called or named something may be called anything.
"""

from __future__ import annotations

import re

from playground.training.text.prompts import NAMED
from playground.training.text.recognize import checks_of
from playground.training.text.score import WORD
from playground.training.text.vocabulary import made_words, peoples_words, tokens

SPEAKER = re.compile(r"^(?:User|Assistant):", re.M)


def outside(prompt: str, nats: float, most: float, nearly_all: float) -> bool:
    """nats: how much the prompt surprises the AR twin in all; most, nearly_all: nats a word that such a share of requests stays below."""
    text = NAMED.sub(" ", SPEAKER.sub(" ", prompt))
    unusual = [word for word in tokens(text) if not within(word, made_words())]
    strange = any(not within(word, peoples_words()) for word in unusual)
    if not unusual and tokens(text):
        return False
    return nats > (most if strange else nearly_all) * count(prompt) and not checks_of(prompt)


def count(prompt: str) -> int:
    """Words and numbers, at least one."""
    return max(1, len(WORD.findall(prompt)))


def within(word: str, known: frozenset[str]) -> bool:
    return word in known or word.removesuffix("'s") in known
