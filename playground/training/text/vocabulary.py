"""The vocabulary of known words: those of the data files, and those that occur twice or more in the text that people
wrote (words.txt). And the function words of English (function_words.txt)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from playground.training.text.numbers import SMALL, TENS

HERE = Path(__file__).parent
WORDS = HERE / "words.txt"
FUNCTION_WORDS = HERE / "function_words.txt"
TOKEN = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
SLOT = re.compile(r"\{[^{}]*\}")  # a slot's name is not a word of the text
LONELY = {"a", "i", "o"}  # single letters that are words
# Occurrences that a word needs in the text of people, by its number of letters; longer words need two. Short typing
# errors ("hte") are more frequent than long ones.
LEAST = {
    1: 20,
    2: 20,
    3: 20,
    4: 4,
}


def tokens(text: str) -> list[str]:
    """The words of a text in lower case, with apostrophes. Words with a digit in them ("7pm", "3rd") are left out."""
    return [word.lower().replace("’", "'") for word in TOKEN.findall(re.sub(r"\w*\d\w*", " ", text))]


def broken_words(text: str, allowed: str = "") -> list[str]:
    """The words of ``text`` that are neither in the vocabulary nor in ``allowed``."""
    known = (vocabulary(), set(tokens(allowed)))
    return [
        word for word in tokens(text) if not any(word in these or word.removesuffix("'s") in these for these in known)
    ]


@cache
def vocabulary() -> frozenset[str]:
    """All known words: words.txt and the words of the data files."""
    return made_words() | peoples_words() | words_of_files(("prompts/*.toml",))


@cache
def made_words() -> frozenset[str]:
    """The words that text from templates can contain."""
    return words_of_files(("tables/*.tsv", "kinds/*.toml", "stories/*.toml")) | {*SMALL, *TENS, "hundred", "thousand"}


@cache
def peoples_words() -> frozenset[str]:
    """The words of words.txt; empty if there is no such file."""
    return frozenset(WORDS.read_text(encoding="utf-8").split()) if WORDS.is_file() else frozenset()


@cache
def function_words() -> frozenset[str]:
    """The words that carry grammar and no topic: pronouns, auxiliaries, prepositions, conjunctions and common adverbs."""
    return frozenset(FUNCTION_WORDS.read_text(encoding="utf-8").split())


def words_of_files(patterns: Iterable[str]) -> frozenset[str]:
    """The words of all data files that match the glob patterns."""
    paths = (path for pattern in patterns for path in HERE.glob(pattern))
    known = {word for path in paths for word in tokens(SLOT.sub(" ", path.read_text(encoding="utf-8")))}
    return frozenset(word for word in known if len(word) > 1 or word in LONELY)


def real_words(documents: Iterable[str]) -> list[str]:
    """The content of words.txt, sorted: the words that occur at least twice, or LEAST times if they are short."""
    counts = Counter(word for document in documents for word in tokens(document))
    often = (word for word, count in counts.items() if count >= LEAST.get(len(word), 2))
    return sorted(word for word in often if len(word) > 1 or word in LONELY)
