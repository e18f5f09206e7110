"""Keys and values of a whole canvas, rewritten in place window by window (Fast-dLLM, 2505.22618, sec. 3.2).

A window of one block is its dual cache, a window [block start:] its prefix cache. Both are approximations: what lies outside
the window keeps the keys and values of the pass that last computed it.
"""

from __future__ import annotations

import torch
from transformers import Cache


class CanvasCache(Cache):
    """Keys and values of every position of a canvas. One decoder fills it and uses it; each lays them out in its own way.

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
