"""What settings ask of a model: names of CAPABILITIES. No torch."""

from __future__ import annotations

from collections.abc import Mapping

from playground.request.rules import AXES, Rule

OF_SETTINGS: Mapping[str, str] = {  # a setting that is not at its default -> the capability that it needs
    "share": "mend",
    "places": "places",
    "ending": "places",
    "guidance": "guidance",
}


def of_rule(axis: str, rule: Rule) -> str:
    """The capability that a rule needs; empty if it needs none. axis: a key of AXES."""
    if axis == "noise" and "masked" not in rule.traits:
        return "random"
    if axis == "revise" and (rule.finishing or {"checks", "redraws"} & {*rule.traits}):
        return "whole"
    if axis == "cache" and "approximate" in rule.traits:
        return "whole"
    return ""


def of_rules() -> dict[str, dict[str, str]]:
    """Axis -> name of a rule -> the capability that it needs, for rules that need one."""
    return {
        axis: {name: need for name, rule in rules.items() if (need := of_rule(axis, rule))}
        for axis, rules in AXES.items()
    }
