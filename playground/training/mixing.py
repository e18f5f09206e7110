"""Weighted means of the weights of several trainings.

Weights that began at one place and went different ways share a valley, and their mean is often better than each: the
interpolation with the initial weights (WiSE-FT, 2109.01903, eq. 1) counters forgetting, and the mean of several
trainings (model soups, 2203.05482) evens out the noise of each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from playground.errors import TrainingError
from playground.training.runs import Twin, load_published


@dataclass(frozen=True)
class Part:
    """A published folder whose weights join the mean. Raises ValueError if the share is outside (0, 1]."""

    folder: Path
    share: float  # of the mean, above 0 and at most 1

    def __post_init__(self):
        if not 0 < self.share <= 1:
            raise ValueError(f"a share of {self.share:g}")

    @classmethod
    def parse(cls, text: str) -> Part:
        """Parse FOLDER=SHARE. Raises TrainingError otherwise."""
        folder, _, share = text.rpartition("=")
        try:
            return cls(Path(folder), float(share) if folder else 0)
        except ValueError:
            raise TrainingError(f"{text} is no FOLDER=SHARE with a share above 0 and at most 1.") from None


@torch.no_grad()
def mix(twin: Twin, parts: Sequence[Part]) -> list[dict[str, Any]]:
    """Turn the weights of ``twin`` into the mean with ``parts``, in place; its own share is what theirs leave of 1.
    Returns a record of the parts: sha256 of the weights, share, tokens seen.

    Raises TrainingError if the shares sum to more than 1, or if a part has another shape or other tokens.
    """
    own = 1 - sum(part.share for part in parts)
    if own < -1e-9:
        raise TrainingError(f"The shares sum to {1 - own:g}; they must leave something of 1 or nothing.")
    weights = dict(twin.model.named_parameters())
    for weight in weights.values():
        weight.mul_(max(0.0, own))
    found = []
    for part in parts:
        other = load_published(part.folder)
        told = dict(other.model.named_parameters())
        if {name: weight.shape for name, weight in told.items()} != {
            name: weight.shape for name, weight in weights.items()
        }:
            raise TrainingError(f"{part.folder} has another shape than {twin.folder}, so their weights have no mean.")
        if other.tokenizer.get_vocab() != twin.tokenizer.get_vocab():
            raise TrainingError(f"{part.folder} has other tokens than {twin.folder}, so their weights have no mean.")
        if other.objective != twin.objective:
            raise TrainingError(
                f"{part.folder} holds the other twin than {twin.folder}, so their weights have no mean."
            )
        for name, weight in weights.items():
            weight.add_(told[name], alpha=part.share)
        found.append({"weights_sha256": other.sha256, "share": part.share, "tokens_seen": other.tokens_seen})
    return found
