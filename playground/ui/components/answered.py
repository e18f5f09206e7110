"""Answers a panel's request with JSON text; an error becomes a sentence in that text, not an exception."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from playground.errors import PlaygroundError


def answered(function: Callable[[], Mapping[str, Any]]) -> str:
    """The function's result as JSON text, or {"message": sentence} after a PlaygroundError or an error from malformed
    data."""
    try:
        return json.dumps(function(), ensure_ascii=False)
    except PlaygroundError as error:
        return json.dumps({"message": str(error)})
    except (json.JSONDecodeError, RecursionError, TypeError, AttributeError, KeyError):
        return json.dumps({"message": "This cannot be read. Load the page again and try once more."})
