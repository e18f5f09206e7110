"""The KV caches: one for a canvas that is rewritten in place, two for a text that grows at its end."""

from __future__ import annotations

import torch
from transformers import Cache, DynamicCache


class CanvasCache(Cache):
    """Keys and values of every position of a canvas, rewritten one window at a time (Fast-dLLM, 2505.22618, sec. 3.2).

    A pass over the whole canvas (``aim(None)``) fills the cache. A later pass over a window (``aim(positions)``)
    replaces the keys and values of that window and attends to all positions. Decoder.hidden calls ``aim``.

    With one block as the window this is Fast-dLLM's dual cache, with [block start:] its prefix cache. Both are
    approximations: positions outside the window keep the keys and values of the pass that last computed them. The
    decoder that fills a cache must also read it, because decoders order the numbers within a head differently.

    kv: [layers, rows, 2 * heads, length, head_dim], keys first; None before the first pass.
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
        """Choose the positions that the next pass writes: int64 [n], or None to start over with a whole canvas.
        layers: of the model. Raises ValueError for a window before the first whole pass."""
        if positions is not None and self.kv is None:
            raise ValueError("A window needs a canvas: run a pass over all positions with this cache first.")
        self._window, self._layers = positions, layers

    def update(
        self, keys: torch.Tensor, values: torch.Tensor, layer: int, *_, **__
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Store one layer's new keys and values [rows, heads, n, head_dim]. Returns those of all positions,
        [rows, heads, length, head_dim]. Transformers' attention layers call it."""
        rows, heads, n, dim = keys.shape
        if self._window is None and layer == 0:
            self.kv = keys.new_empty(self._layers, rows, 2 * heads, n, dim)
        held = self.kv[layer]
        for part, new in ((held[:, :heads], keys), (held[:, heads:], values)):
            part.copy_(new) if self._window is None else part.index_copy_(2, self._window, new)
        return held[:, :heads], held[:, heads:]

    def get_seq_length(self, layer: int = 0) -> int:
        """``length``, under the name that transformers calls."""
        return self.length


class StockCache(DynamicCache):
    """The keys and values of a text that grows, in the cache of the stock classes."""

    @property
    def held(self) -> int:
        """Positions held."""
        return self.get_seq_length()

    def rewind(self, to: int) -> None:
        """Take back all positions after the first ``to``."""
        if to < self.held:
            self.crop(to - self.held)  # a negative number, the only form that all versions from 5.4 on understand


class GrowingCache:
    """Keys and values of a text that grows, in one tensor that is allocated with the first tokens.

    length: the most positions that it can hold; held: how many it holds now; kv: [layers, rows, 2 * heads, length,
    head_dim].
    """

    def __init__(self, length: int) -> None:
        self.length, self.held = length, 0
        self.kv: torch.Tensor | None = None

    def extend(self, n: int, like: torch.Tensor, shape: tuple[int, int, int, int]) -> tuple[torch.Tensor, torch.Tensor]:
        """Add n positions. Returns views of ``kv``: the new positions, to be written, and all positions up to them.

        like: a tensor with the dtype and device to use; shape: (layers, rows, 2 * heads, head_dim). Raises ValueError
        if the positions do not fit.
        """
        if self.held + n > self.length:
            raise ValueError(
                f"This cache was made for {self.length} positions and holds {self.held}; {n} more do not fit."
            )
        if self.kv is None:
            layers, rows, heads, dim = shape
            self.kv = like.new_empty(layers, rows, heads, self.length, dim)
        first, self.held = self.held, self.held + n
        return self.kv.narrow(3, first, n), self.kv.narrow(3, 0, self.held)

    def rewind(self, to: int) -> None:
        """Take back all positions after the first ``to``."""
        self.held = min(self.held, to)
