"""The predictor of a model in which every position sees every other, with guidance and approximate caches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch

from playground.decoders import CanvasCache, Decoder
from playground.decoders.special_ids import SpecialIds
from playground.request.rules import CACHES, REVISIONS
from playground.request.sampler_settings import DenoiseSettings
from playground.samplers.canvas import Canvas
from playground.samplers.choice import BARRED, Choice
from playground.samplers.diffusion.blocks import split
from playground.samplers.diffusion.predict import Predictor
from playground.samplers.passes import Work

# By key of rules.CACHES: (window, length of the sequence) -> the position before which a cached pass stops reading. The
# pass starts at the window's first position (Fast-dLLM, 2505.22618). None: no cache, every pass reads all positions.
READ_UNTIL: dict[str, Callable[[list[int], int], int] | None] = {
    "none": None,
    "prefix": lambda window, length: length,
    "dual": lambda window, length: window[-1] + 1,
}


class Bidirectional(Predictor):
    """LLaDA (2502.09992), Dream (2508.15487), the diffusion twin. See Predictor.

    canvas: its prompt is masked in guidance's unconditional row. Raises ValueError if the settings need a mask or a
    cache and the decoder takes none.
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
        super().__init__(decoder, settings, special, canvas, generator, back)
        self._start = canvas.start
        self._read_until = READ_UNTIL[settings.cache]
        if self._read_until and not decoder.caches:
            raise ValueError(
                f"This model keeps no keys and values. Choose {CACHES['none'].label.lower()}, as the cache."
            )
        if "checks" in REVISIONS[settings.revise].traits and not decoder.caches:
            raise ValueError("This model cannot be shown a shadow of its text. Choose another revision rule than WINO.")
        self._cache: CanvasCache | None = None
        self._first = 0  # of the positions that the latest pass computed
        self._fed: torch.Tensor | None = None  # the positions that the next pass computes, int64 [n]; None: all

    def blocks(self, text: list[int]) -> list[list[int]]:
        """See Predictor: as many blocks of even size as the settings ask for."""
        return split(text, self._settings.blocks)

    def begin(self, window: list[int], cached: bool = True) -> None:
        """See Predictor. With a cache the first pass computes the whole sequence and fills the cache. The next ones
        compute from where the window's first position is read to the position given by READ_UNTIL."""
        self._cache = CanvasCache() if cached and self._read_until else None
        self._window, self._first, self._fed = window, 0, None

    def __call__(self, ids: torch.Tensor, at: torch.Tensor, temperature: float) -> Choice:
        """See Predictor."""
        fed, read_at = self._fed, self._read_at(at)
        rows = self._rows(ids if fed is None else ids[fed])
        hidden = self._decoder.hidden(rows, positions=fed, cache=self._cache)
        index = read_at if fed is None else read_at - self._first  # the fed positions are contiguous
        self._note_work(rows, len(ids), len(at))
        if self._cache is not None and self._read_until and fed is None:
            self._first = max(0, self._window[0] - self._back)
            self._fed = torch.arange(self._first, self._read_until(self._window, len(ids)), device=ids.device)
        return self._chosen(self._decoder.logits(hidden[:, index]), at, temperature)

    def with_shadow(self, ids: torch.Tensor, at: torch.Tensor, temperature: float) -> tuple[Choice, torch.Tensor]:
        """See Predictor. This is WINO's verification (2507.18578, sec. 3.2).

        A shadow block is appended to the sequence: for each of the positions ``at`` a mask in its place, and, where
        predictions are read before their position, also the token from which this one is read. The shadow tokens of a
        position attend to each other and to the whole sequence except the places in which they stand, but not to those
        of other positions, which they see in the authors' code. The sequence does not attend to the shadow block.
        """
        n, length, each = len(at), len(ids), self._back + 1
        everything = torch.arange(length, device=ids.device)
        places = (at[:, None] - torch.arange(self._back, -1, -1, device=ids.device)).clamp_min(0)  # [n, each]
        rows = self._rows(ids)
        shadow = rows[:, places].masked_fill(places == at[:, None], self._mask)  # [rows, n, each]
        rows = torch.cat([rows, shadow.flatten(1)], dim=1)
        sequence = (everything != places[:, :, None]).all(1).repeat_interleave(each, 0)  # [n * each, length]
        together = torch.eye(n, dtype=torch.bool, device=ids.device)
        together = together.repeat_interleave(each, 0).repeat_interleave(each, 1)
        seen = torch.cat(
            [
                torch.cat([sequence.new_ones(length, length), sequence.new_zeros(length, n * each)], dim=1),
                torch.cat([sequence, together], dim=1),
            ]
        )
        hidden = self._decoder.hidden(rows, positions=torch.cat([everything, places.flatten()]), mask=seen)
        self._note_work(rows, length + n * each, 2 * n)
        # One matrix product for the logits of both. Of the shadow only one token's probability is computed.
        logits = self._decoder.logits(torch.cat([hidden[:, self._read_at(at)], hidden[:, length::each]], dim=1))
        check = self._going_on(self._guided(logits[:, n:]), at).float().index_fill_(1, self._barred.always, BARRED)
        standing = check.gather(-1, ids[at][:, None]).squeeze(-1)
        return self._chosen(logits[:, :n], at, temperature), (standing - check.logsumexp(-1)).exp()

    def _rows(self, ids: torch.Tensor) -> torch.Tensor:
        """The rows of the batch: the ids that are fed [1, n], or with guidance also a copy whose prompt is masked
        [2, n]."""
        if not self._settings.guidance:
            return ids[None]
        blind = ids.clone()
        blind[: max(0, self._start - self._first)] = self._mask
        return torch.stack([ids, blind])

    def _guided(self, logits: torch.Tensor) -> torch.Tensor:
        """Logits [rows, n, vocabulary] -> [n, vocabulary]. Classifier-free guidance: un + (s + 1)(cond - un) (LLaDA's
        code and 2502.09992, eq. 16)."""
        if not self._settings.guidance:
            return logits[0]
        seeing, blind = logits
        return blind + (self._settings.guidance + 1) * (seeing - blind)

    def _chosen(self, logits: torch.Tensor, at: torch.Tensor, temperature: float) -> Choice:
        """Logits [rows, n, vocabulary] of positions ``at``, int64 [n] -> the choice, with ``swayed`` if there is
        guidance."""
        choice = self._choose(self._guided(logits), at, temperature)
        if not self._settings.guidance:
            return choice
        alone = self._going_on(logits[0], at).index_fill(1, self._barred.always, BARRED)
        return replace(choice, swayed=alone.argmax(-1) != choice.best_ids[:, 0])

    def _note_work(self, rows: torch.Tensor, keys: int, head: int) -> None:
        after = 0 if self._fed is None else keys - self._first - rows.shape[1]
        self.work = Work(rows.shape[0], rows.shape[1], keys, rows.shape[0] * head, after)
