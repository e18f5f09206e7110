"""The mask predictor: a forward pass with guidance and cache, then the choice of a token at each position."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch

from playground.decoders import CanvasCache, Decoder
from playground.decoders.special_ids import SpecialIds
from playground.request.sampler_settings import DenoiseSettings
from playground.samplers.canvas import Canvas
from playground.samplers.choice import BARRED, Choice, choose, kept_on
from playground.samplers.passes import Work

# By key of rules.CACHES: (window, length of the sequence) -> the position before which a cached pass stops reading. The
# pass starts at the window's first position (Fast-dLLM, 2505.22618). None: no cache, every pass reads all positions.
READ_UNTIL: dict[str, Callable[[list[int], int], int] | None] = {
    "none": None,
    "prefix": lambda window, length: length,
    "dual": lambda window, length: window[-1] + 1,
}


class Predictor:
    """Predicts positions of one sequence with a bidirectional decoder. Each call is one forward pass.

    canvas: its prompt is masked in guidance's unconditional row, and its last pin is a position before which the text
    cannot end. work: the size of the latest pass.
    """

    def __init__(
        self,
        decoder: Decoder,
        settings: DenoiseSettings,
        special: SpecialIds,
        canvas: Canvas,
        generator: torch.Generator,
    ):
        self._decoder, self._settings, self._start, self._generator = decoder, settings, canvas.start, generator
        self._barred = [special.mask, *(special.ends if settings.bar_end else ())]
        self._mask, self._ends = special.mask, special.ends
        self._last_pinned = max(canvas.pinned, default=-1)
        self._read_until = READ_UNTIL[settings.cache]
        self._cache: CanvasCache | None = None
        self._fed: torch.Tensor | None = None
        self.work = Work(0, 0, 0, 0)

    def begin(self, window: list[int], cached: bool = True) -> None:
        """Start passes over a window of positions, given in order. With a cache the first pass computes the whole
        sequence and fills the cache. The next ones compute from the start of the window to the position given by
        READ_UNTIL."""
        self._cache = CanvasCache() if cached and self._read_until else None
        self._window, self._fed = window, None

    def __call__(self, ids: torch.Tensor, at: torch.Tensor, temperature: float) -> Choice:
        """One forward pass. ids: the sequence, int64 [length]; at: positions to predict, int64 [n], within the
        window."""
        fed = self._fed
        rows = self._rows(ids if fed is None else ids[fed])
        hidden = self._decoder.hidden(rows, positions=fed, cache=self._cache)
        index = at if fed is None else at - fed[0]  # the fed positions are contiguous
        self._note_work(rows, len(ids), len(at))
        if self._cache is not None and fed is None:
            self._fed = torch.arange(self._window[0], self._read_until(self._window, len(ids)), device=ids.device)
        return self._chosen(self._decoder.logits(hidden[:, index]), at, temperature)

    def with_shadow(self, ids: torch.Tensor, at: torch.Tensor, temperature: float) -> tuple[Choice, torch.Tensor]:
        """As a call, but also returns float32 [n]: the probability of each position's present token when it is masked
        itself.

        This is WINO's verification (2507.18578, sec. 3.2). A shadow block of masks, with the positions ``at``, is
        appended to the sequence. Each shadow token attends to itself and to the whole sequence except its own
        position. The sequence does not attend to the shadow block.
        """
        n, length = len(at), len(ids)
        everything = torch.arange(length, device=ids.device)
        rows = self._rows(torch.cat([ids, ids.new_full((n,), self._mask)]))
        sequence = everything.expand(n, -1) != at[:, None]  # [n, length]: all but the token's own position
        shadow = torch.eye(n, dtype=torch.bool, device=ids.device)
        seen = torch.cat(
            [
                torch.cat([sequence.new_ones(length, length), sequence.new_zeros(length, n)], dim=1),
                torch.cat([sequence, shadow], dim=1),
            ]
        )
        hidden = self._decoder.hidden(rows, positions=torch.cat([everything, at]), mask=seen)
        self._note_work(rows, length + n, 2 * n)
        # One matrix product for the logits of both. Of the shadow only one token's probability is computed.
        logits = self._decoder.logits(torch.cat([hidden[:, at], hidden[:, length:]], dim=1))
        check = (
            self._going_on(self._guided(logits[:, n:]), at)
            .float()
            .index_fill_(1, kept_on(ids.device, *self._barred), BARRED)
        )
        standing = check.gather(-1, ids[at][:, None]).squeeze(-1)
        return self._chosen(logits[:, :n], at, temperature), (standing - check.logsumexp(-1)).exp()

    def _rows(self, ids: torch.Tensor) -> torch.Tensor:
        """The rows of the batch: the sequence [1, n], or with guidance also a copy whose prompt is masked [2, n]."""
        if not self._settings.guidance:
            return ids[None]
        blind = ids.clone()
        if self._fed is None:
            blind[: self._start] = self._mask
        return torch.stack([ids, blind])

    def _guided(self, logits: torch.Tensor) -> torch.Tensor:
        """Logits [rows, n, vocabulary] -> [n, vocabulary]. Classifier-free guidance: un + (s + 1)(cond - un) (LLaDA's
        code and 2502.09992, eq. 16)."""
        if not self._settings.guidance:
            return logits[0]
        seeing, blind = logits
        return blind + (self._settings.guidance + 1) * (seeing - blind)

    def _going_on(self, logits: torch.Tensor, at: torch.Tensor) -> torch.Tensor:
        """Logits [n, vocabulary] of positions ``at``, int64 [n], with the end tokens barred before the last pin."""
        if self._last_pinned < 0:
            return logits
        columns = torch.zeros(logits.shape[1], dtype=torch.bool, device=logits.device)
        columns.index_fill_(0, kept_on(logits.device, *self._ends), True)
        return logits.masked_fill((at < self._last_pinned)[:, None] & columns, BARRED)

    def _chosen(self, logits: torch.Tensor, at: torch.Tensor, temperature: float) -> Choice:
        """Logits [rows, n, vocabulary] of positions ``at``, int64 [n] -> the choice, with ``swayed`` if there is
        guidance."""
        settings, guided = self._settings, self._going_on(self._guided(logits), at)
        choice = choose(guided, self._barred, temperature, self._generator, settings.top_p, settings.top_k)
        if not settings.guidance:
            return choice
        alone = self._going_on(logits[0], at).index_fill(1, kept_on(at.device, *self._barred), BARRED)
        return replace(choice, swayed=alone.argmax(-1) != choice.best_ids[:, 0])

    def _note_work(self, rows: torch.Tensor, keys: int, head: int) -> None:
        self.work = Work(rows.shape[0], rows.shape[1], keys, rows.shape[0] * head)
