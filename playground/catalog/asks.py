"""What settings ask of a model: names of CAPABILITIES. No torch."""

from __future__ import annotations

from collections.abc import Mapping

from playground.request.rules import AXES, NOISES, looks_at_whole

OF_SETTINGS: Mapping[str, str] = {  # a setting that is not at its default -> the capability that it needs
    "share": "mend",
    "places": "places",
    "ending": "places",
    "guidance": "guidance",
}


def of_rule(axis: str, name: str) -> str:
    """The capability that a rule needs; empty if it needs none. axis: a key of AXES; name: of the rule."""
    if axis == "noise" and "masked" not in NOISES[name].traits:
        return "random"
    whole = (axis == "revise" and looks_at_whole(name, "none")) or (axis == "cache" and looks_at_whole("none", name))
    return "whole" if whole else ""


def of_rules() -> dict[str, dict[str, str]]:
    """Axis -> name of a rule -> the capability that it needs, for rules that need one."""
    return {axis: {name: need for name in rules if (need := of_rule(axis, name))} for axis, rules in AXES.items()}
