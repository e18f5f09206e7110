"""Keys and values of a whole canvas, rewritten in place window by window (Fast-dLLM, 2505.22618, sec. 3.2).

A window of one block is its dual cache, a window [block start:] its prefix cache. Both are approximations: what lies outside
the window keeps the keys and values of the pass that last computed it.
"""
from __future__ import annotations

import torch
from transformers import Cache


class CanvasCache(Cache):
    """Per layer, keys and values [rows, heads, length, head_dim] of every position of a canvas.

    A pass over the whole canvas (``aim(None)``) fills it; a later pass over a window (``aim(positions)``) replaces that window's
    and attends to all. Decoder.hidden aims it.
    """

    def __init__(self) -> None:
        super().__init__(layers=[])
        self._keys: dict[int, torch.Tensor] = {}
        self._values: dict[int, torch.Tensor] = {}
        self._window: torch.Tensor | None = None

    @property
    def length(self) -> int:
        """Positions held; 0 before the first pass."""
        return self._keys[0].shape[-2] if self._keys else 0

    def aim(self, positions: torch.Tensor | None) -> None:
        """Where the next pass writes: int64 [n] positions of the canvas, or None for all of a new one."""
        if positions is not None and not self._keys:
            raise ValueError("A window needs a canvas: run a pass over all positions with this cache first.")
        self._window = positions

    def update(
        self, keys: torch.Tensor, values: torch.Tensor, layer: int, *_, **__
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Take one layer's new keys and values [rows, heads, n, head_dim]; give those of all positions."""
        if self._window is None:
            # Compact copies: a window's write into a view of the layer's output would keep that output alive.
            self._keys[layer], self._values[layer] = keys.contiguous(), values.contiguous()
        else:
            self._keys[layer].index_copy_(2, self._window, keys)
            self._values[layer].index_copy_(2, self._window, values)
        return self._keys[layer], self._values[layer]

    def get_seq_length(self, layer: int = 0) -> int:
        """Transformers' name for ``length``."""
        return self.length
