"""Which words are words: those of the data files, and those that stand twice or more in the text of people (words.txt)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from playground.training.text.numbers import SMALL, TENS

HERE = Path(__file__).parent
WORDS = HERE / "words.txt"
TOKEN = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
SLOT = re.compile(r"\{[^{}]*\}")  # the names of slots are no words of the text
LONELY = {"a", "i", "o"}  # the letters that are words
LEAST = {
    1: 20,
    2: 20,
    3: 20,
    4: 4,
}  # times in the real parts, by letters; others twice. Short slips ("hte") come more often


def tokens(text: str) -> list[str]:
    """Lower-case words with their apostrophes; what touches a digit ("7pm", "3rd") belongs to the number."""
    return [word.lower().replace("’", "'") for word in TOKEN.findall(re.sub(r"\w*\d\w*", " ", text))]


def broken_words(text: str, allowed: str = "") -> list[str]:
    """The words of ``text`` that neither the vocabulary nor ``allowed`` holds."""
    known = (vocabulary(), set(tokens(allowed)))
    return [
        word for word in tokens(text) if not any(word in these or word.removesuffix("'s") in these for these in known)
    ]


@cache
def vocabulary() -> frozenset[str]:
    """Read once: words.txt and every word of the data files."""
    return made_words() | peoples_words() | words_of_files(("prompts/*.toml",))


@cache
def made_words() -> frozenset[str]:
    """What the text made from templates may hold."""
    return words_of_files(("tables/*.tsv", "kinds/*.toml", "stories/*.toml")) | {*SMALL, *TENS, "hundred", "thousand"}


@cache
def peoples_words() -> frozenset[str]:
    """words.txt."""
    return frozenset(WORDS.read_text(encoding="utf-8").split()) if WORDS.is_file() else frozenset()


def words_of_files(patterns: Iterable[str]) -> frozenset[str]:
    paths = (path for pattern in patterns for path in HERE.glob(pattern))
    known = {word for path in paths for word in tokens(SLOT.sub(" ", path.read_text(encoding="utf-8")))}
    return frozenset(word for word in known if len(word) > 1 or word in LONELY)


def real_words(documents: Iterable[str]) -> list[str]:
    """The words that occur twice or more, short ones LEAST times, sorted: what words.txt holds."""
    counts = Counter(word for document in documents for word in tokens(document))
    often = (word for word, count in counts.items() if count >= LEAST.get(len(word), 2))
    return sorted(word for word in often if len(word) > 1 or word in LONELY)
