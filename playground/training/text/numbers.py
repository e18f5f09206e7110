"""Whole numbers as words, and back."""
from __future__ import annotations

SMALL = ("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
         "eighteen nineteen").split()
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()


def in_words(number: int) -> str:
    """41 -> "forty-one"; from -999,999 to 999,999."""
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


def as_digits(words: list[str]) -> list[str]:
    """Lower-case words with every number up to 99 that is spelled out as digits: ["forty", "one"] -> ["41"]."""
    out, at = [], 0
    while at < len(words):
        word = words[at]
        if word in ROUND:
            follower = UNITS.get(words[at + 1], 0) if at + 1 < len(words) else 0
            joined = 0 < follower < 10
            out.append(str(ROUND[word] + follower * joined))
            at += 1 + joined
        else:
            out.append(str(UNITS[word]) if word in UNITS else word)
            at += 1
    return out
