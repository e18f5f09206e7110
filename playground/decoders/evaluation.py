"""What evaluation.json tells a lane about its model: the weights it judges, and when a prompt is outside of the
training text.

A folder from elsewhere may hold another file of that name, and a file may be changed by hand. A part that has not the
form that `evaluate` writes (training/evaluate.py) counts as not there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

TWINS = ("ar", "diffusion")


@dataclass(frozen=True)
class Evaluation:
    """The measured facts that a lane uses; empty where nothing was measured."""

    weights: frozenset[str] = frozenset()  # sha256 of the weights that were evaluated
    # Limits of the nats per word of a prompt, "most" and "nearly_all", for twins of our templates; see engine/familiar.py.
    nats_per_word: Mapping[str, float] = field(default_factory=dict)
    # Highest perplexity of nearly all known prompts, by kind of text (text/prompts.KINDS), for twins of other text.
    perplexity: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, told: Any) -> Evaluation:
        """The facts of a parsed evaluation.json, whatever it holds."""
        limits = numbers(inner(inner(told, "notice"), "nats_per_word"))
        return cls(
            weights=frozenset(
                digest for twin in TWINS if isinstance(digest := inner(inner(told, twin), "weights_sha256"), str)
            ),
            nats_per_word=limits if limits.keys() == {"most", "nearly_all"} else {},
            perplexity=numbers(inner(told, "prompt_perplexity_limits")),
        )


def inner(told: Any, name: str) -> Any:
    """A field of a JSON object; None if there is no such field or no object."""
    return told.get(name) if isinstance(told, dict) else None


def numbers(told: Any) -> dict[str, float]:
    """A JSON object of numbers; empty for anything else."""
    if not isinstance(told, dict) or any(type(value) not in (int, float) for value in told.values()):
        return {}
    return told
