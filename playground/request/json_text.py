"""JSON text of untrusted sources: a browser, a link, a program."""

from __future__ import annotations

import json
from typing import Any

from playground.request.fields import is_text


def from_json(text: Any, longest: int) -> Any:
    """The value of a JSON text. Raises ValueError if ``text`` is no string, has more than ``longest`` characters, or
    cannot be read as JSON; that includes lists nested too deep and integers of thousands of digits."""
    if not isinstance(text, str) or len(text) > longest:
        raise ValueError(f"This is no text of at most {longest:,} characters.")
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("This JSON is too deep.") from None


def to_json(name: str, value: Any, longest: int) -> str:
    """A value as canonical JSON text, which ``from_json`` reads back. Raises ValueError with a sentence if it has more
    than ``longest`` characters, holds lone surrogates, or cannot be written as JSON. name: of the value, in the plural,
    for that sentence."""
    try:
        text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        raise ValueError(f"The {name} cannot be written as JSON. Use text, numbers, true and false.") from None
    if not is_text(text):
        raise ValueError(f"The {name} hold bytes that are not text. Type them again.")
    if len(text) > longest:
        raise ValueError(
            f"The {name} take {len(text):,} characters as JSON; at most {longest:,} fit. Leave out what stays as it is."
        )
    return text
