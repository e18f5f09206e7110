"""Keys and values of a text that only grows, in one piece of memory taken at the start."""

from __future__ import annotations

import torch


class GrowingCache:
    """length: the most positions it can hold; held: how many it holds; kv: [layers, rows, 2 * heads, length, head_dim]."""

    def __init__(self, length: int) -> None:
        self.length, self.held = length, 0
        self.kv: torch.Tensor | None = None

    def extend(self, n: int, like: torch.Tensor, shape: tuple[int, int, int, int]) -> tuple[torch.Tensor, torch.Tensor]:
        """Room for n more positions, and all positions with those; shape: layers, rows, 2 * heads, head_dim."""
        if self.held + n > self.length:
            raise ValueError(
                f"This cache was made for {self.length} positions and holds {self.held}; {n} more do not fit."
            )
        if self.kv is None:
            layers, rows, heads, dim = shape
            self.kv = like.new_empty(layers, rows, heads, self.length, dim)
        first, self.held = self.held, self.held + n
        return self.kv.narrow(3, first, n), self.kv.narrow(3, 0, self.held)
