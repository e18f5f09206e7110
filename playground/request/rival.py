"""A rival sampler: the settings in which lane B differs from lane A, as plain data; no torch.

``versus`` of a request is JSON text of an object of these settings, or nothing, which stands for the AR twin as rival. Prompt,
seed and length are always the same for both.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from playground.request.json_text import from_json
from playground.request.rules import COMMITS
from playground.request.setting import Choice, Level, Setting, Whole, YesNo
from playground.request.settings_table import SAMPLER, SETTINGS

LONGEST = 1000  # characters


def read(value: Any) -> str:
    """The text in its one spelling; empty for nothing. Raises ValueError with a sentence."""
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
    return json.dumps({name: value[name] for name in SAMPLER if name in value}, separators=(",", ":")) if value else ""


def applied(request: Mapping[str, Any], versus: str) -> dict[str, Any]:
    """A request's values with those of B. A rule that B changes brings its own level, unless B gives one."""
    changes = json.loads(versus)
    rules = {name for name in changes if changes[name] != request.get(name)}
    own = {
        name: None
        for name in SAMPLER
        if (level := SETTINGS[name].type) and isinstance(level, Level) and level.of in rules
    }
    return {**request, **own, **changes, "versus": "", "lanes": ""}


def titles(*samplers: Mapping[str, Any]) -> tuple[str, ...]:
    """What lanes of one model are called: passes and order, then whatever else they differ in."""
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
    """The value of one setting in a few words; empty for a level that its rule does not read, or that is the rule's own."""
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
    """A label in the middle of a line: its first letter small, unless the word is a name such as WINO."""
    return label[0].lower() + label[1:] if label.split()[0][1:].islower() else label
