"""The two key-value caches: of a canvas that is rewritten in place, and of a text that only grows."""

from __future__ import annotations

import torch
from transformers import Cache


class CanvasCache(Cache):
    """Keys and values of every position of a canvas, rewritten in place window by window (Fast-dLLM, 2505.22618, sec. 3.2).

    A window of one block is its dual cache, a window [block start:] its prefix cache. Both are approximations: what lies
    outside the window keeps the keys and values of the pass that last computed it. One decoder fills the cache and uses it;
    each lays it out in its own way.

    A pass over the whole canvas (``aim(None)``) fills it; a later pass over a window (``aim(positions)``) replaces that window's
    and attends to all. Decoder.hidden aims it. kv: [layers, rows, 2 * heads, length, head_dim], keys first; None before the
    first pass.
    """

    def __init__(self) -> None:
        super().__init__(layers=[])
        self.kv: torch.Tensor | None = None
        self._window: torch.Tensor | None = None
        self._layers = 0

    @property
    def length(self) -> int:
        """Positions held; 0 before the first pass."""
        return 0 if self.kv is None else self.kv.shape[3]

    def aim(self, positions: torch.Tensor | None, layers: int) -> None:
        """Where the next pass writes: int64 [n] positions of the canvas, or None for all of a new one."""
        if positions is not None and self.kv is None:
            raise ValueError("A window needs a canvas: run a pass over all positions with this cache first.")
        self._window, self._layers = positions, layers

    def update(
        self, keys: torch.Tensor, values: torch.Tensor, layer: int, *_, **__
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Take one layer's new keys and values [rows, heads, n, head_dim]; give those of all positions."""
        rows, heads, n, dim = keys.shape
        if self._window is None and layer == 0:
            self.kv = keys.new_empty(self._layers, rows, 2 * heads, n, dim)
        held = self.kv[layer]
        for part, new in ((held[:, :heads], keys), (held[:, heads:], values)):
            part.copy_(new) if self._window is None else part.index_copy_(2, self._window, new)
        return held[:, :heads], held[:, heads:]

    def get_seq_length(self, layer: int = 0) -> int:
        """Transformers' name for ``length``."""
        return self.length


class GrowingCache:
    """Keys and values of a text that only grows, in one piece of memory taken at the start.

    length: the most positions it can hold; held: how many it holds; kv: [layers, rows, 2 * heads, length, head_dim].
    """

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
