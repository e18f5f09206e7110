"""Whether a prompt lies outside the training text (training/text) of the twins, judged by its words and its likelihood.

A word is unusual if the synthetic training text lacks it, and strange if the human-written text lacks it too. A
function word ("might", "since") is neither, because it says nothing about the topic. A prompt is outside if it has an
unusual word and the AR twin's negative log-likelihood per word exceeds that of nearly all known requests. If it has a
strange word, exceeding that of most known requests is enough. Proper names ("called ...", "named ...") are not checked.
"""

from __future__ import annotations

import re

from playground.training.text.prompts import NAMED
from playground.training.text.recognize import checks_of
from playground.training.text.score import WORD
from playground.training.text.vocabulary import function_words, made_words, peoples_words, tokens

SPEAKER = re.compile(r"^(?:User|Assistant):", re.M)


def outside(prompt: str, nats: float, most: float, nearly_all: float) -> bool:
    """Whether a prompt lies outside.

    nats: negative log-likelihood of the whole prompt under the AR twin.
    most, nearly_all: quantiles of the nats per word of known requests, the lower and the higher one.
    """
    text = NAMED.sub(" ", SPEAKER.sub(" ", prompt))
    usual = made_words() | function_words()
    unusual = [word for word in tokens(text) if not within(word, usual)]
    strange = any(not within(word, peoples_words()) for word in unusual)
    if not unusual and tokens(text):
        return False
    return nats > (most if strange else nearly_all) * count(prompt) and not checks_of(prompt)


def count(prompt: str) -> int:
    """The number of words and numbers in a prompt, at least 1."""
    return max(1, len(WORD.findall(prompt)))


def within(word: str, known: frozenset[str]) -> bool:
    """Whether a word is in a vocabulary, with or without a possessive 's."""
    return word in known or word.removesuffix("'s") in known
