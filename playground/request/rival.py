"""A rival sampler: the settings in which lane B differs from lane A, as plain data; no torch.

``versus`` of a request is JSON text of an object of these settings, or nothing, which stands for the AR twin as rival. Prompt,
seed and length are always the same for both.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from playground.request.rules import COMMITS, NOISES, REVISIONS

SAMPLER = (
    "steps",
    "noise",
    "commit",
    "commit_level",
    "revise",
    "revise_level",
    "blocks",
    "cache",
    "temperature",
    "guidance",
    "top_p",
    "top_k",
)
LEVEL_OF = {"commit": "commit_level", "revise": "revise_level"}
LONGEST = 1000  # characters


def read(value: Any) -> str:
    """The text in its one spelling; empty for nothing. Raises ValueError with a sentence."""
    if value is None or value == "" or value == {}:
        return ""
    if isinstance(value, str):
        try:
            value = json.loads(value) if len(value) <= LONGEST else None
        except (json.JSONDecodeError, RecursionError):
            value = None
    if not isinstance(value, Mapping):
        raise ValueError('Another sampler (versus) is written as a JSON object of its settings, such as {"steps": 32}.')
    if strange := sorted(str(name) for name in set(value) - set(SAMPLER)):
        raise ValueError(f"Another sampler (versus) can differ in {', '.join(SAMPLER)}, not in {strange[0][:40]!r}.")
    return json.dumps({name: value[name] for name in SAMPLER if name in value}, separators=(",", ":")) if value else ""


def applied(request: Mapping[str, Any], versus: str) -> dict[str, Any]:
    """A request's values with those of B. A rule that B changes brings its own level, unless B gives one."""
    changes = json.loads(versus)
    own = {level: None for rule, level in LEVEL_OF.items() if rule in changes and changes[rule] != request.get(rule)}
    return {**request, **own, **changes, "versus": ""}


def titles(a: Mapping[str, Any], b: Mapping[str, Any]) -> tuple[str, str]:
    """What both lanes are called: passes and order, then whatever else they differ in."""
    differ = [name for name in SAMPLER if a[name] != b[name] and name not in ("steps", "commit")]
    return f"A: {_described(a, differ)}", f"B: {_described(b, differ)}"


def _level_says_nothing(settings: Mapping[str, Any], name: str) -> bool:
    """A level that its rule does not read, or that is the rule's own."""
    rules = {"commit_level": COMMITS, "revise_level": REVISIONS}.get(name)
    return rules is not None and (settings[name] is None or rules[settings[name.removesuffix("_level")]].level is None)


def _described(settings: Mapping[str, Any], differ: list[str]) -> str:
    adaptive = COMMITS[settings["commit"]].pace is None
    passes = f"{'at most ' if adaptive else ''}{settings['steps']} pass{'es' if settings['steps'] != 1 else ''}"
    return ", ".join(
        [
            passes,
            _label(COMMITS, settings["commit"]),
            *(_said(name, settings[name]) for name in differ if not _level_says_nothing(settings, name)),
        ]
    )


def _said(name: str, value: Any) -> str:
    if name in ("commit_level", "revise_level"):
        return f"level {value:g}"
    if name == "noise":
        return _label(NOISES, value)
    if name == "revise":
        return "no revision" if value == "none" else _label(REVISIONS, value)
    if name == "cache":
        return "no cache" if value == "none" else f"{value} cache"
    if name == "blocks":
        return f"{value} block{'s' if value != 1 else ''}"
    return f"{name.replace('_', '-')} {value:g}"


def _label(rules: Mapping[str, Any], name: str) -> str:
    """A rule's label in the middle of a line: its first letter small, unless the word is a name such as WINO."""
    label = rules[name].label
    return label[0].lower() + label[1:] if label.split()[0][1:].islower() else label
