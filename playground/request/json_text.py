"""JSON text that somebody else wrote: a browser, a link, a program."""

from __future__ import annotations

import json
from typing import Any


def from_json(text: Any, longest: int) -> Any:
    """The value that a text holds. Raises ValueError for what is no text, has more than ``longest`` characters, or is no JSON: lists in
    lists without end and numbers of thousands of digits are none either."""
    if not isinstance(text, str) or len(text) > longest:
        raise ValueError(f"This is no text of at most {longest:,} characters.")
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("This JSON is too deep.") from None
