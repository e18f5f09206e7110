"""The settings and the sampler's rules as the browser needs them: names, what they do, their levels, and what does not go together."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from playground.request import settings_table
from playground.request.conflicts import as_data
from playground.request.rules import AXES, PRECEDENCE


def rules_data() -> dict[str, Any]:
    """Every rule by axis and name, in order of precedence, and the table of conflicts."""
    return {
        "axes": {axis: {name: asdict(rule) for name, rule in AXES[axis].items()} for axis in PRECEDENCE},
        "conflicts": as_data(),
    }


def rules_script() -> str:
    """The same and the table of settings as a script that sets ``window.playgroundRules`` and ``window.playgroundSettings``, safe
    inside an HTML page."""
    values = {"playgroundRules": rules_data(), "playgroundSettings": settings_table.as_data()}
    return f"<script>{''.join(f'window.{name} = {_safe(value)};' for name, value in values.items())}</script>"


def _safe(value: Any) -> str:
    return json.dumps(value, ensure_ascii=True).replace("<", "\\u003c")
