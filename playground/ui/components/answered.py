"""A panel's question as JSON text, answered as JSON text: what cannot be used is a sentence, and nothing is raised."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from playground.errors import PlaygroundError


def answered(function: Callable[[], Mapping[str, Any]]) -> str:
    """JSON text of what a function gives, or of a sentence where it cannot. Never raises."""
    try:
        return json.dumps(function(), ensure_ascii=False)
    except PlaygroundError as error:
        return json.dumps({"message": str(error)})
    except (json.JSONDecodeError, RecursionError, TypeError, AttributeError, KeyError):
        return json.dumps({"message": "This cannot be read. Load the page again and try once more."})
