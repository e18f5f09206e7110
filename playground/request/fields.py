"""Checks of single untyped values. Each function returns the checked value or raises RequestError with a sentence.

name: of the setting, for that sentence. bounds: the lowest and the highest value, both included.
"""

from __future__ import annotations

from typing import Any

from playground.errors import PlaygroundError

PROMPT_CHARACTERS = 2000


class RequestError(PlaygroundError, ValueError):
    """A prompt or a setting that cannot run."""


def text(name: str, value: Any) -> str:
    """Text of at most PROMPT_CHARACTERS characters without lone surrogates; None counts as empty text."""
    if value is None:
        value = ""
    if not isinstance(value, str):
        raise RequestError(f"The {name} must be text.")
    if not is_text(value):
        raise RequestError(f"The {name} holds bytes that are not text. Type it again.")
    if len(value) > PROMPT_CHARACTERS:
        raise RequestError(f"The {name} has {len(value):,} characters; at most {PROMPT_CHARACTERS:,} fit. Shorten it.")
    return value


def prompt(value: Any) -> str:
    """Text, as ``text`` checks it, that is not blank."""
    if not isinstance(value, str):
        raise RequestError("The prompt must be text.")
    if not value.strip():
        raise RequestError("The prompt is empty. Type a request such as “I need to find a dentist in Fremont.”")
    return text("prompt", value)


def level(name: str, value: Any) -> float | None:
    """The number that tunes a rule, not yet checked against the rule's bounds. None, for None or empty text, stands for
    the rule's default."""
    return None if value is None or value == "" else number(name, value, (-1e9, 1e9))


def number(name: str, value: Any, bounds: tuple[float, float]) -> float:
    """A finite number within bounds."""
    try:
        if isinstance(value, bool) or value is None:
            raise ValueError
        read = float(value)
    except (TypeError, ValueError, OverflowError):
        raise RequestError(f"The {name} must be a number, not {str(value)[:40]!r}.") from None
    low, high = bounds
    if not low <= read <= high:  # also refuses NaN
        raise RequestError(f"The {name} must lie between {plain(low)} and {plain(high)}, not {plain(read)}.")
    return read


def yes_or_no(name: str, value: Any) -> bool:
    """A bool, also from the spellings of JSON and links: "true", "false", 1, 0."""
    spelled = str(value).lower() if isinstance(value, (bool, str, int)) else ""
    if spelled not in ("true", "1", "false", "0"):
        raise RequestError(f"The {name} must be true or false, not {str(value)[:40]!r}.")
    return spelled in ("true", "1")


def plain(value: float) -> str:
    """A number for a sentence: 64, 0.5, 2,147,483,647."""
    return f"{value:,.0f}" if 1000 <= abs(value) < float("inf") else f"{value:g}"


def whole(name: str, value: Any, bounds: tuple[int, int]) -> int:
    """A whole number within bounds."""
    read = number(name, value, bounds)
    if read != int(read):
        raise RequestError(f"The {name} must be a whole number, not {read:g}.")
    return int(read)


def is_text(value: str) -> bool:
    """Whether a string holds no lone surrogate. JSON can spell one, and no tokenizer can encode it."""
    return not any("\ud800" <= letter <= "\udfff" for letter in value)
