"""A rival sampler: the settings in which lane B differs from lane A. Plain data; no torch.

The setting ``versus`` is JSON text of an object with these settings; empty text means that the rival is the AR twin.
Both lanes always share prompt, seed and length.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from playground.request.json_text import from_json, to_json
from playground.request.rules import COMMITS
from playground.request.setting import Choice, Level, Setting, Whole, YesNo
from playground.request.settings_table import SAMPLER, SETTINGS

LONGEST = 1000  # characters


def read(value: Any) -> str:
    """The settings as canonical JSON text; empty text for an empty value. Raises ValueError with a sentence.

    value: an object of sampler settings by name, or its JSON text.
    """
    if value is None or value == "" or value == {}:
        return ""
    if isinstance(value, str):
        try:
            value = from_json(value, LONGEST)
        except ValueError:
            value = None
    if not isinstance(value, Mapping):
        raise ValueError('Another sampler (versus) is written as a JSON object of its settings, such as {"steps": 32}.')
    if strange := sorted(str(name) for name in set(value) - set(SAMPLER)):
        raise ValueError(f"Another sampler (versus) can differ in {', '.join(SAMPLER)}, not in {strange[0][:40]!r}.")
    changes = {name: value[name] for name in SAMPLER if name in value}
    return to_json("settings of a sampler", changes, LONGEST) if changes else ""


def applied(request: Mapping[str, Any], versus: str) -> dict[str, Any]:
    """A request's values with those of lane B in their place. If B changes a rule but not its level, it gets the rule's
    default level. request: all values by name; versus: not empty, from ``read``."""
    changes = json.loads(versus)
    rules = {name for name in changes if changes[name] != request.get(name)}
    own = {
        name: None
        for name in SAMPLER
        if (level := SETTINGS[name].type) and isinstance(level, Level) and level.of in rules
    }
    return {**request, **own, **changes, "versus": "", "lanes": ""}


def titles(*samplers: Mapping[str, Any]) -> tuple[str, ...]:
    """The titles of lanes that run one model: steps and commit rule, then the other settings in which they differ."""
    differ = [
        name
        for name in SAMPLER
        if any(one[name] != samplers[0][name] for one in samplers) and name not in ("steps", "commit")
    ]
    return tuple(f"{letter}: {_described(one, differ)}" for letter, one in zip("ABC", samplers))


def _described(values: Mapping[str, Any], differ: list[str]) -> str:
    adaptive = COMMITS[values["commit"]].pace is None
    parts = [_said(SETTINGS[name], values) for name in ("steps", "commit", *differ)]
    return f"{'at most ' if adaptive else ''}{', '.join(filter(None, parts))}"


def _said(setting: Setting, values: Mapping[str, Any]) -> str:
    """The value of one setting in a few words. Empty for the default level of a rule, and for a level that its rule
    ignores."""
    value, name = values[setting.name], setting.name.replace("_", "-")
    match setting.type:
        case Level(of=rule):
            return "" if value is None or not _has_level(SETTINGS[rule], values[rule]) else f"level {value:g}"
        case Choice(rules=rules, words=words):
            return words.get(value) or _in_a_line(rules[value].label)
        case Whole(unit=(one, many)):
            return f"{value} {one if value == 1 else many}"
        case YesNo():
            return name if value else f"no {name}"
    return f"{name} {value:g}" if isinstance(value, (int, float)) else f"{name} {value}"


def _has_level(setting: Setting, rule: str) -> bool:
    return isinstance(setting.type, Choice) and setting.type.rules[rule].level is not None


def _in_a_line(label: str) -> str:
    """A label for the middle of a line: in lower case, unless its first word is a name such as WINO."""
    return label[0].lower() + label[1:] if label.split()[0][1:].islower() else label
