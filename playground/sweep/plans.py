"""The plans of a sweep: every rule of request/rules.py in combinations without conflict, over its steps or its
levels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from playground.request.conflicts import conflict_of
from playground.request.rules import CACHES, COMMITS, NOISES, REVISIONS

STEPS = (4, 8, 16, 32, 64)
LONG_STEPS = (8, 16, 32)  # revision rules need passes to revise in, and one token per pass is AR's own pace
PLAIN = {"noise": "mask", "commit": "confidence", "revise": "none", "cache": "none"}
ORDERS, ADAPTIVE, REVISED, NOISY, CACHED = "Orders", "Adaptive", "Revision", "Noise", "Caches"
LEVELS: Mapping[str, tuple[float | None, ...]] = {  # of the adaptive commit rules, fastest first
    "threshold": (0.1, 0.2, 0.3, 0.5, 0.9),
    "factor": (4.0, 2.0, 1.0, 0.5),
    "klass": (0.1, 0.3, 0.9),
    "entropy_bound": (10.0, 6.0, 3.0, 1.0, 0.1),
}
CACHE_BLOCKS = 4  # a cache is renewed once per block, so with one block it is hardly used


@dataclass(frozen=True)
class Plan:
    """One way to sample."""

    group: str  # the kind of setting that is varied
    family: str  # the rule; the plot joins the points of a family
    label: str  # the setting that varies within the family
    settings: Mapping[str, Any] = field(default_factory=dict)  # fields of RaceRequest except prompt, length and seed


def plans(length: int) -> list[Plan]:
    """All plans for a canvas of ``length`` tokens. The steps of a plan do not exceed the length."""
    found = [*_orders(length), *_adaptive(length), *_revisions(length), *_noises(length), *_caches(length)]
    return [plan for plan in found if conflict_of({**PLAIN, **plan.settings}) is None]


def _over_steps(group: str, family: str, steps: tuple[int, ...], length: int, **settings: Any) -> Iterator[Plan]:
    for count in steps:
        if settings.get("blocks", 1) <= count <= length:
            yield Plan(group, family, f"{count} steps", {"steps": count, **settings})


def _orders(length: int) -> Iterator[Plan]:
    for name, rule in COMMITS.items():
        if rule.pace:
            yield from _over_steps(ORDERS, rule.label, STEPS, length, commit=name)


def _adaptive(length: int) -> Iterator[Plan]:
    for name, rule in COMMITS.items():
        if rule.pace is None:
            for level in LEVELS.get(name, (None,)):
                label = "own level" if level is None or rule.level is None else f"{rule.level.label} {level:g}"
                yield Plan(ADAPTIVE, rule.label, label, {"steps": length, "commit": name, "commit_level": level})


def _revisions(length: int) -> Iterator[Plan]:
    for name, rule in REVISIONS.items():
        if name != "none":
            yield from _over_steps(REVISED, rule.label, LONG_STEPS, length, revise=name)


def _noises(length: int) -> Iterator[Plan]:
    """Plans with noise other than masks, for each revision rule that replaces tokens and so can start from random
    ones."""
    replacing = [name for name in REVISIONS if conflict_of({**PLAIN, "noise": "tokens", "revise": name}) is None]
    for noise, rule in NOISES.items():
        for revise in replacing if noise != "mask" else ():
            family = f"{rule.label}, {REVISIONS[revise].label.lower()}"
            yield from _over_steps(NOISY, family, LONG_STEPS, length, noise=noise, revise=revise)


def _caches(length: int) -> Iterator[Plan]:
    for name, rule in CACHES.items():
        if name != "none":
            yield from _over_steps(CACHED, rule.label, LONG_STEPS, length, cache=name, blocks=CACHE_BLOCKS)
