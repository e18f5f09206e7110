"""The ids of special tokens."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SpecialIds:
    """The special tokens that a sampler must know."""

    end: int  # end of text
    mask: int | None  # None for a model without a mask token
