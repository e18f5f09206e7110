"""Untyped values, read one by one: each function returns a checked value or raises RequestError with a sentence."""

from __future__ import annotations

from typing import Any

from playground.errors import PlaygroundError

PROMPT_CHARACTERS = 2000


class RequestError(PlaygroundError, ValueError):
    """A prompt or a setting that cannot be run."""


def text(name: str, value: Any) -> str:
    """Text that is not too long and holds only characters, or RequestError. Nothing counts as empty."""
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
    """Text that is not blank, or RequestError."""
    if not isinstance(value, str):
        raise RequestError("The prompt must be text.")
    if not value.strip():
        raise RequestError("The prompt is empty. Type a request such as “I need to find a dentist in Fremont.”")
    return text("prompt", value)


def level(name: str, value: Any) -> float | None:
    """A number, or None where nothing is given: the rule's own. Its rule knows the bounds."""
    return None if value is None or value == "" else number(name, value, (-1e9, 1e9))


def number(name: str, value: Any, bounds: tuple[float, float]) -> float:
    """A finite number within bounds, or RequestError."""
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
    """True or false, also as JSON or a link spells them, or RequestError."""
    spelled = str(value).lower() if isinstance(value, (bool, str, int)) else ""
    if spelled not in ("true", "1", "false", "0"):
        raise RequestError(f"The {name} must be true or false, not {str(value)[:40]!r}.")
    return spelled in ("true", "1")


def plain(value: float) -> str:
    """A number as a reader writes it: 64, 0.5, 2,147,483,647."""
    return f"{value:,.0f}" if 1000 <= abs(value) < float("inf") else f"{value:g}"


def whole(name: str, value: Any, bounds: tuple[int, int]) -> int:
    """A whole number within bounds, or RequestError."""
    read = number(name, value, bounds)
    if read != int(read):
        raise RequestError(f"The {name} must be a whole number, not {read:g}.")
    return int(read)


def is_text(value: str) -> bool:
    """Whether it holds only characters: JSON can spell half of one, which no tokenizer reads."""
    return not any("\ud800" <= letter <= "\udfff" for letter in value)
