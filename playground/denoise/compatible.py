"""Which combinations of rules mean something, and why the others do not. One table; no torch.

Every line forbids a pair of choices on two axes, so the page can grey out what does not go with the present choice and
show the same sentence that the API gives.
"""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from playground.denoise.rules import COMMITS, REVISIONS

ADAPTIVE = frozenset(name for name, rule in COMMITS.items() if rule.pace is None)
REMDM = frozenset(name for name in REVISIONS if name.startswith("remdm"))
FULL = frozenset({"tokens", "characters"})
REMASKING = REMDM | {"wino"}
CACHED = frozenset({"prefix", "dual"})


@dataclass(frozen=True)
class Conflict:
    """These values of one axis and those of another do not go together, for this reason."""

    axis: str
    values: frozenset[str]
    other: str
    others: frozenset[str]
    why: str


CONFLICTS = (
    Conflict("noise", FULL, "revise", frozenset({"none"}),
             "On a canvas full of random tokens the first guesses are made from noise alone and would stay for good. "
             "Choose a revision rule that replaces tokens: edit, self-correction, second look or re-noise."),
    Conflict("noise", frozenset({"mixed"}), "revise", frozenset({"none"}),
             "Guesses made beside random tokens would stay for good. Choose a revision rule."),
    Conflict("noise", FULL, "revise", REMASKING,
             "This rule puts masks back while it fills, and a canvas of random tokens has none. Choose mask noise, or edit, "
             "self-correction, second look or re-noise."),
    Conflict("commit", ADAPTIVE, "revise", REMDM,
             "ReMDM follows a clock of fixed passes, and this commit rule takes as many as it needs. Choose an order with "
             "even shares, or another revision rule."),
    Conflict("commit", frozenset({"klass"}), "revise", frozenset({"renoise"}),
             "KLASS waits until a guess holds still, and re-noise changes what it is made from at every pass. Choose another "
             "commit rule."),
    Conflict("cache", CACHED, "revise", frozenset({"renoise"}),
             "Re-noise changes every position at every pass, so nothing can be kept. Choose no cache."),
    Conflict("cache", CACHED, "revise", frozenset({"wino"}),
             "WINO checks each token against the text as it stands, and a cache holds it as it was. Choose no cache."),
)


def problem(choices: Mapping[str, Any]) -> str | None:
    """Why these choices (by axis: noise, commit, revise, cache) do not go together; None where they do."""
    for conflict in CONFLICTS:
        if choices.get(conflict.axis) in conflict.values and choices.get(conflict.other) in conflict.others:
            return conflict.why
    return None


def table() -> list[dict[str, Any]]:
    """The conflicts as plain data, for the page."""
    return [
        {"axis": c.axis, "values": sorted(c.values), "other": c.other, "others": sorted(c.others), "why": c.why}
        for c in CONFLICTS
    ]
