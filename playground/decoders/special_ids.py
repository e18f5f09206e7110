"""The token ids with a meaning of their own."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SpecialIds:
    """Ids a sampler must know. mask is None for a model that has none."""

    end: int
    mask: int | None
