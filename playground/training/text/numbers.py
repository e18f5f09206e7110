"""Converts integers to English words and back."""

from __future__ import annotations

from collections.abc import Callable, Sequence

SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()


def in_words(number: int) -> str:
    """41 -> "forty-one". The number lies between -999,999 and 999,999."""
    if number < 0:
        return f"minus {in_words(-number)}"
    if number < 20:
        return SMALL[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        return TENS[tens - 2] + (f"-{SMALL[ones]}" if ones else "")
    for size, name in ((1000, "thousand"), (100, "hundred")):
        if number >= size:
            many, rest = divmod(number, size)
            return f"{in_words(many)} {name}" + (f" {'and ' if rest < 100 else ''}{in_words(rest)}" if rest else "")
    raise AssertionError(number)


UNITS = {name: value for value, name in enumerate(SMALL)}
ROUND = {name: 10 * value for value, name in enumerate(TENS, start=2)}
NUMBER_WORDS = UNITS.keys() | ROUND.keys()


def as_digits(words: Sequence[str]) -> list[str]:
    """Replace number words by digits in a list of lower-case words: ["forty", "one", "pins"] -> ["41", "pins"]."""
    if NUMBER_WORDS.isdisjoint(words):
        return list(words)
    out, at = [], 0
    while at < len(words):
        number, read = number_at(words, at)
        out.append(str(number) if read else words[at])
        at += max(read, 1)
    return out


def number_at(words: Sequence[str], at: int) -> tuple[int, int]:
    """(number, its count of words) of the longest number below a million that begins at ``words[at]``; (0, 0) if none
    does."""
    return larger(words, at, "thousand", 1000, lambda words, at: larger(words, at, "hundred", 100, below_hundred))


def larger(words: Sequence[str], at: int, name: str, size: int, smaller: Callable) -> tuple[int, int]:
    """(number, its count of words) at ``words[at]``: a number that ``smaller`` reads, optionally followed by the word
    ``name`` (which multiplies it by ``size``) and another smaller number."""
    number, read = smaller(words, at)
    if not read or at + read >= len(words) or words[at + read] != name:
        return number, read
    number, read = number * size, read + 1
    linked = at + read < len(words) and words[at + read] == "and"
    rest, more = smaller(words, at + read + linked)
    return (number + rest, read + linked + more) if more else (number, read)


def below_hundred(words: Sequence[str], at: int) -> tuple[int, int]:
    """(number, its count of words) of a number below 100 at ``words[at]``; (0, 0) if there is none."""
    word = words[at] if at < len(words) else ""
    if word not in ROUND:
        return (UNITS[word], 1) if word in UNITS else (0, 0)
    ones = UNITS.get(words[at + 1], 0) if at + 1 < len(words) else 0
    return (ROUND[word] + ones, 2) if 0 < ones < 10 else (ROUND[word], 1)
