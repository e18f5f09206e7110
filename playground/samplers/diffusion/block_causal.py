"""The predictor of a block-causal model: a position sees its own block and the blocks before it (BD3-LM, 2503.09573).

No later token changes the keys and values of a finished block, so a cache of them is exact. A block takes

- draft passes over all of its positions, which predict, and whose keys and values are taken back, because they were
  computed from masks;
- once it is full and text follows, one pass more that computes them anew, for good. It predicts nothing, unless
  predictions are read one position before theirs: then it predicts the next block's first token.

A pass of the second kind also reads the prompt, up to the first block with an open position. Both kinds take time and
count as passes, as they do in the authors' code.
"""

from __future__ import annotations

from collections.abc import Callable

import torch

from playground.decoders import Decoder
from playground.decoders.special_ids import SpecialIds
from playground.request.sampler_settings import DenoiseSettings
from playground.samplers.canvas import Canvas
from playground.samplers.choice import Choice, on_device
from playground.samplers.diffusion.block_grid import BlockGrid
from playground.samplers.diffusion.predict import Predictor
from playground.samplers.passes import Work


class BlockCausal(Predictor):
    """SDAR, LLaDA 2, Fast-dLLM v2, BD3-LM and their like. See Predictor.

    grid: makes the blocks, given the first position after the prompt. Raises ValueError if a rule looks at the whole
    text at once, or if there is guidance: its masked prompt would need a cache of its own.
    """

    def __init__(
        self,
        decoder: Decoder,
        settings: DenoiseSettings,
        special: SpecialIds,
        canvas: Canvas,
        generator: torch.Generator,
        back: int = 0,
        *,
        grid: Callable[[int], BlockGrid],
    ) -> None:
        super().__init__(decoder, settings, special, canvas, generator, back)
        if settings.whole:
            raise ValueError(
                "This model never sees what comes after a block, so no rule can look at its whole text at once. Choose "
                "no cache, and no revision rule or ReMDM."
            )
        if settings.guidance:
            raise ValueError("This model cannot be guided by its prompt, which it reads only once. Set guidance to 0.")
        self._grid = grid(canvas.start)
        self._cache = decoder.block_cache(self._grid.bounds(len(canvas.ids) - 1).stop)
        self._lead: torch.Tensor | None = None  # hidden state of the last position read, [1, 1, hidden]

    def blocks(self, text: list[int]) -> list[list[int]]:
        """See Predictor: the model's own blocks. Its training decides their size, not the settings."""
        return self._grid.pieces(text)

    def begin(self, window: list[int], cached: bool = True) -> None:
        """See Predictor. window: positions of one block."""
        self._block = self._grid.bounds(window[0])

    def unread(self, block: list[int]) -> bool:
        """See Predictor."""
        return self._cache.held < self._grid.bounds(block[0]).start

    def read(self, ids: torch.Tensor, block: list[int], temperature: float) -> Choice | None:
        """See Predictor."""
        first, until = self._cache.held, self._grid.bounds(block[0]).start
        seen = self._grid.seen(torch.arange(first, until, device=ids.device), until)
        hidden = self._decoder.hidden(ids[None, first:until], mask=seen, cache=self._cache)
        predicts = self._back > 0 and block[0] == until
        self.work = Work(1, until - first, until, int(predicts))
        self._lead = hidden[:, -1:]
        if not predicts:
            return None
        return self._choose(self._decoder.logits(hidden[:, -1]), on_device([until], ids.device), temperature)

    def __call__(self, ids: torch.Tensor, at: torch.Tensor, temperature: float) -> Choice:
        """See Predictor: a draft pass. It computes all positions of the block, those after the end of the sequence as
        masks, because the model has never seen a part of a block."""
        start, stop = self._block.start, self._block.stop
        fed = torch.nn.functional.pad(ids[start:stop], (0, max(0, stop - len(ids))), value=self._mask)
        hidden = self._decoder.hidden(fed[None], mask=self._everything(len(fed), stop), cache=self._cache)
        self._cache.rewind(start)
        self.work = Work(1, len(fed), stop, len(at))
        if self._back:  # the first position is read at the last one before the block
            hidden = torch.cat([hidden[:, :1] if self._lead is None else self._lead, hidden[:, :-1]], dim=1)
        return self._choose(self._decoder.logits(hidden[0, at - start]), at, temperature)

    def _everything(self, n: int, keys: int) -> torch.Tensor | None:
        """The mask with which n positions see ``keys`` positions, all of them. None: the decoder's own."""
        return torch.ones(n, keys, dtype=torch.bool, device=self._decoder.device) if self._decoder.causal else None
