"""The combinations of rules that the sampler refuses, each with its reason: one table over the traits of the rules. No
torch.

Each entry forbids pairs of choices on two axes. So the page can disable the choices that conflict with the current
ones, and it shows the same sentence as the API.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from playground.request.rules import AXES, Rule, Trait

Condition = Callable[[Rule], bool]


def having(trait: Trait) -> Condition:
    """The condition that a rule has a trait."""
    return lambda rule: trait in rule.traits


def adaptive(rule: Rule) -> bool:
    """Whether a commit rule takes as many passes as it needs."""
    return rule.pace is None


@dataclass(frozen=True)
class Conflict:
    """Some rules of one axis exclude some rules of another."""

    axis: str  # a key of AXES
    given: Condition  # the rules of ``axis`` that take part
    other: str  # a key of AXES
    excludes: Condition  # the rules of ``other`` that they exclude
    why: str  # a sentence for the visitor

    @property
    def values(self) -> frozenset[str]:
        return frozenset(name for name, rule in AXES[self.axis].items() if self.given(rule))

    @property
    def others(self) -> frozenset[str]:
        return frozenset(name for name, rule in AXES[self.other].items() if self.excludes(rule))


CONFLICTS = (
    Conflict(
        "noise",
        having("full"),
        "revise",
        having("keeps"),
        "On a canvas full of random tokens the first guesses are made from noise alone and would stay for good. "
        "Choose a revision rule that replaces tokens: edit, self-correction, second look or re-noise.",
    ),
    Conflict(
        "noise",
        having("mixed"),
        "revise",
        having("keeps"),
        "Guesses made beside random tokens would stay for good. Choose a revision rule.",
    ),
    Conflict(
        "noise",
        having("full"),
        "revise",
        having("masks"),
        "This rule puts masks back while it fills, and a canvas of random tokens has none. Choose mask noise, or edit, "
        "self-correction, second look or re-noise.",
    ),
    Conflict(
        "commit",
        adaptive,
        "revise",
        having("clocked"),
        "ReMDM follows a clock of fixed passes, and this commit rule takes as many as it needs. Choose an order with "
        "even shares, or another revision rule.",
    ),
    Conflict(
        "commit",
        having("waits"),
        "revise",
        having("redraws"),
        "KLASS waits until a guess holds still, and re-noise changes what it is made from at every pass. Choose another "
        "commit rule.",
    ),
    Conflict(
        "cache",
        having("approximate"),
        "revise",
        having("redraws"),
        "Re-noise changes every position at every pass, so nothing can be kept. Choose no cache.",
    ),
    Conflict(
        "cache",
        having("approximate"),
        "revise",
        having("checks"),
        "WINO checks each token against the text as it stands, and a cache holds it as it was. Choose no cache.",
    ),
)


def conflict_of(choices: Mapping[str, Any]) -> str | None:
    """The reason why these choices conflict; None if they do not. choices: names of rules, by axis."""
    for conflict in CONFLICTS:
        rule, other = (AXES[axis].get(choices.get(axis, "")) for axis in (conflict.axis, conflict.other))
        if rule and other and conflict.given(rule) and conflict.excludes(other):
            return conflict.why
    return None


def as_data() -> list[dict[str, Any]]:
    """The conflicts as JSON values, for the browser."""
    return [
        {"axis": c.axis, "values": sorted(c.values), "other": c.other, "others": sorted(c.others), "why": c.why}
        for c in CONFLICTS
    ]
