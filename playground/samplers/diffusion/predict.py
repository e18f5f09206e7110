"""The mask predictor: one forward pass, then the choice of a token at each position. What all predictors share.

A predictor knows what a position sees in its model, and nothing of rules. bidirectional.py and block_causal.py are the
two that there are; predictors.py picks one by a model's record.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

import torch

from playground.decoders import Decoder
from playground.decoders.special_ids import SpecialIds
from playground.request.sampler_settings import DenoiseSettings
from playground.samplers.barred import Barred
from playground.samplers.canvas import Canvas
from playground.samplers.choice import Choice, choose
from playground.samplers.passes import NO_WORK


class Predictor(ABC):
    """Predicts positions of one sequence. Each call is one forward pass.

    canvas: its last pin is a position before which the text cannot end. back: how many positions before a position its
    prediction is read: 1 for a model that keeps the shift of the AR model it grew from (Dream, Fast-dLLM v2), else 0.
    work: the size of the latest pass.
    """

    def __init__(
        self,
        decoder: Decoder,
        settings: DenoiseSettings,
        special: SpecialIds,
        canvas: Canvas,
        generator: torch.Generator,
        back: int = 0,
    ) -> None:
        if special.mask is None:
            raise ValueError("This model has no mask token, so no open position can be written. Choose another model.")
        self._decoder, self._settings, self._generator = decoder, settings, generator
        self._mask, self._back = special.mask, back
        self._barred = Barred(special, decoder.device, settings.bar_end)
        self._last_pinned = max(canvas.pinned, default=-1)
        self.work = NO_WORK

    @abstractmethod
    def blocks(self, text: list[int]) -> list[list[int]]:
        """The positions of a text, given in order, cut into the blocks that are filled one after the other."""

    @abstractmethod
    def begin(self, window: list[int], cached: bool = True) -> None:
        """Start passes over a window of positions, given in order: a block, or the whole text. cached: whether they may
        use an approximate cache."""

    @abstractmethod
    def __call__(self, ids: torch.Tensor, at: torch.Tensor, temperature: float) -> Choice:
        """One forward pass. ids: the sequence, int64 [length]; at: positions to predict, int64 [n], within the
        window."""

    def with_shadow(self, ids: torch.Tensor, at: torch.Tensor, temperature: float) -> tuple[Choice, torch.Tensor]:
        """As a call, but also returns float32 [n]: the probability of each position's present token when it is masked
        itself. Only for a predictor that accepts rules that look at the whole text; the others refuse such rules before
        a run, so this is never called on them."""
        raise NotImplementedError

    def unread(self, block: list[int]) -> bool:
        """Whether the text before a block must first be read in a pass of its own."""
        return False

    def read(self, ids: torch.Tensor, block: list[int], temperature: float) -> Choice | None:
        """That pass. Returns the choice at the block's first position, n = 1, if the model predicts it there, else None.
        ids: the sequence, int64 [length], settled up to the block. Called only where ``unread`` says so."""
        raise NotImplementedError

    def _read_at(self, at: torch.Tensor) -> torch.Tensor:
        """The positions at which the predictions for positions ``at`` are read, both int64 [n]. The first position of a
        sequence has none before it and is read at itself."""
        return (at - self._back).clamp_min(0) if self._back else at

    def _going_on(self, logits: torch.Tensor, at: torch.Tensor) -> torch.Tensor:
        """Logits [n, vocabulary] of positions ``at``, int64 [n], with the ends barred before the last pin."""
        return self._barred.ends_before(logits, at, self._last_pinned)

    def _choose(self, logits: torch.Tensor, at: torch.Tensor, temperature: float) -> Choice:
        """Logits [n, vocabulary] of positions ``at``, int64 [n] -> the choice."""
        rules = self._settings
        return choose(
            self._going_on(logits, at), self._barred.always, temperature, self._generator, rules.top_p, rules.top_k
        )


# (decoder, settings, special, canvas, generator) -> a predictor. Raises ValueError with a sentence if the model cannot
# do what the settings ask for.
MakePredictor = Callable[[Decoder, DenoiseSettings, SpecialIds, Canvas, torch.Generator], Predictor]
