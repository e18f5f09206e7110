"""The sampler's rules as the browser needs them: names, what they do, their levels, and what does not go together."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from markupsafe import Markup

from playground.request.conflicts import as_data
from playground.request.rules import CACHES, COMMITS, NOISES, REVISIONS
from playground.web.templates import render_part

AXES = {
    "noise": NOISES,
    "revise": REVISIONS,
    "commit": COMMITS,
    "cache": CACHES,
}  # an earlier choice limits the later ones


def rules_data() -> dict[str, Any]:
    """Every rule by axis and name, in order of precedence, and the table of conflicts."""
    return {
        "axes": {axis: {name: asdict(rule) for name, rule in rules.items()} for axis, rules in AXES.items()},
        "conflicts": as_data(),
    }


def rules_script() -> Markup:
    """The same as a script that sets ``window.playgroundRules``, safe inside an HTML page."""
    return render_part("page/scripts.html", "data", name="playgroundRules", value=rules_data())
