"""One look of the model at a sequence: a forward pass, guided and cached as asked, and a token chosen at each position."""

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

# By the name of the cache in rules.CACHES: where the later passes over a window, positions in order, stop reading a sequence of so
# many positions; they start where the window does (Fast-dLLM, 2505.22618). None: nothing is kept, and all is read.
READ_UNTIL: dict[str, Callable[[list[int], int], int] | None] = {
    "none": None,
    "prefix": lambda window, length: length,
    "dual": lambda window, length: window[-1] + 1,
}


class Predictor:
    """Asks a bidirectional decoder about positions of one sequence. Each call is one forward pass; ``work`` is its size.

    canvas: tells the prompt, which guidance hides from its second row, and the pins, before which the text cannot end.
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
        self._barred = [special.mask] + ([special.end] if settings.bar_end else [])
        self._mask, self._end = special.mask, special.end
        self._last_pinned = max(canvas.pinned, default=-1)
        self._read_until = READ_UNTIL[settings.cache]
        self._cache: CanvasCache | None = None
        self._fed: torch.Tensor | None = None
        self.work = Work(0, 0, 0, 0)

    def begin(self, window: list[int], cached: bool = True) -> None:
        """Start on a window of positions, in order. With a cache the first pass reads everything and keeps it; the next ones
        read from the window's beginning to where READ_UNTIL says."""
        self._cache = CanvasCache() if cached and self._read_until else None
        self._window, self._fed = window, None

    def __call__(self, ids: torch.Tensor, at: torch.Tensor, temperature: float) -> Choice:
        """Choose tokens at positions ``at`` (int64 [n]) of a sequence (int64 [length])."""
        fed = self._fed
        rows = self._rows(ids if fed is None else ids[fed])
        hidden = self._decoder.hidden(rows, positions=fed, cache=self._cache)
        index = at if fed is None else at - fed[0]  # what is fed lies side by side
        self._note_work(rows, len(ids), len(at))
        if self._cache is not None and fed is None:
            self._fed = torch.arange(self._window[0], self._read_until(self._window, len(ids)), device=ids.device)
        return self._chosen(self._decoder.logits(hidden[:, index]), at, temperature)

    def with_shadow(self, ids: torch.Tensor, at: torch.Tensor, temperature: float) -> tuple[Choice, torch.Tensor]:
        """The same, and the probability float32 [n] of the token that stands at each position when it is not seen itself.

        WINO's verification (2507.18578, sec. 3.2): a shadow of masks stands behind the sequence, in the places of ``at``. Each
        sees the sequence but for its own place, and of the shadow only itself; the sequence sees no shadow.
        """
        n, length = len(at), len(ids)
        everything = torch.arange(length, device=ids.device)
        rows = self._rows(torch.cat([ids, ids.new_full((n,), self._mask)]))
        sequence = everything.expand(n, -1) != at[:, None]  # [n, length]: of the shadow, every place but its own
        shadow = torch.eye(n, dtype=torch.bool, device=ids.device)
        seen = torch.cat(
            [
                torch.cat([sequence.new_ones(length, length), sequence.new_zeros(length, n)], dim=1),
                torch.cat([sequence, shadow], dim=1),
            ]
        )
        hidden = self._decoder.hidden(rows, positions=torch.cat([everything, at]), mask=seen)
        self._note_work(rows, length + n, 2 * n)
        # The logits of both at once: one product, and of the shadow only what one token needs.
        logits = self._decoder.logits(torch.cat([hidden[:, at], hidden[:, length:]], dim=1))
        check = (
            self._going_on(self._guided(logits[:, n:]), at)
            .float()
            .index_fill_(1, kept_on(ids.device, *self._barred), BARRED)
        )
        standing = check.gather(-1, ids[at][:, None]).squeeze(-1)
        return self._chosen(logits[:, :n], at, temperature), (standing - check.logsumexp(-1)).exp()

    def _rows(self, ids: torch.Tensor) -> torch.Tensor:
        """The sequence [1, n], or with guidance a second row whose prompt is hidden [2, n]."""
        if not self._settings.guidance:
            return ids[None]
        blind = ids.clone()
        if self._fed is None:
            blind[: self._start] = self._mask
        return torch.stack([ids, blind])

    def _guided(self, logits: torch.Tensor) -> torch.Tensor:
        """Logits [rows, n, vocabulary] -> [n, vocabulary]: un + (s + 1)(cond - un) (LLaDA's code and 2502.09992, eq. 16)."""
        if not self._settings.guidance:
            return logits[0]
        seeing, blind = logits
        return blind + (self._settings.guidance + 1) * (seeing - blind)

    def _going_on(self, logits: torch.Tensor, at: torch.Tensor) -> torch.Tensor:
        """Logits [n, vocabulary] at positions int64 [n], the end token barred before the last pin."""
        if self._last_pinned < 0:
            return logits
        column = torch.arange(logits.shape[1], device=logits.device) == self._end
        return logits.masked_fill((at < self._last_pinned)[:, None] & column, BARRED)

    def _chosen(self, logits: torch.Tensor, at: torch.Tensor, temperature: float) -> Choice:
        """Logits [rows, n, vocabulary] -> the choice at positions int64 [n]."""
        settings, guided = self._settings, self._going_on(self._guided(logits), at)
        choice = choose(guided, self._barred, temperature, self._generator, settings.top_p, settings.top_k)
        if not settings.guidance:
            return choice
        alone = self._going_on(logits[0], at).index_fill(1, kept_on(at.device, *self._barred), BARRED)
        return replace(choice, swayed=alone.argmax(-1) != choice.best_ids[:, 0])

    def _note_work(self, rows: torch.Tensor, keys: int, head: int) -> None:
        self.work = Work(rows.shape[0], rows.shape[1], keys, rows.shape[0] * head)
