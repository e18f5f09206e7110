"""The ids of special tokens."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SpecialIds:
    """The special tokens that a sampler must know."""

    end: int  # end of text
    mask: int | None  # None for a model without a mask token
    more_ends: tuple[int, ...] = ()  # further tokens that end a text, e.g. LLaDA's end of turn

    @property
    def ends(self) -> tuple[int, ...]:
        """Every token that ends a text."""
        return (self.end, *self.more_ends)
