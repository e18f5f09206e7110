"""Reads JSON text from untrusted sources: a browser, a link, a program."""

from __future__ import annotations

import json
from typing import Any


def from_json(text: Any, longest: int) -> Any:
    """The value of a JSON text. Raises ValueError if ``text`` is no string, has more than ``longest`` characters, or
    cannot be read as JSON; that includes lists nested too deep and integers of thousands of digits."""
    if not isinstance(text, str) or len(text) > longest:
        raise ValueError(f"This is no text of at most {longest:,} characters.")
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("This JSON is too deep.") from None
