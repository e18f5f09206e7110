"""The state of one run of the diffusion sampler, which all its stages share."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import torch

from playground.decoders import Decoder
from playground.decoders.special_ids import SpecialIds
from playground.device.clock import Stopwatch
from playground.request.rules import COMMITS
from playground.request.sampler_settings import DenoiseSettings
from playground.samplers.canvas import Canvas
from playground.samplers.choice import Choice
from playground.samplers.diffusion.commit import Stillness, View
from playground.samplers.diffusion.predict import MakePredictor
from playground.samplers.diffusion.sequence import Sequence
from playground.samplers.noise import Noise

if TYPE_CHECKING:
    from playground.samplers.diffusion.revision import Revision  # it imports the loop, and the loop imports this module


class SamplerState:
    """The sequence, its predictor, the clock, the rules, and the one random generator of a run.

    end: the position of the end token that ends the text for good, None until there is one. All positions before it
    are settled, and the revision rule can change neither them nor the end token. Positions after it are not computed.

    Raises ValueError with a sentence if the rules have nothing to do on this canvas.
    """

    def __init__(
        self,
        decoder: Decoder,
        canvas: Canvas,
        settings: DenoiseSettings,
        special: SpecialIds,
        noise: Noise,
        revision: Revision,
        predictor: MakePredictor,
    ):
        if not canvas.free:
            raise ValueError(
                "Every position is pinned, so there is nothing to write or to mend. Take the pins off some tokens."
            )
        self.canvas, self.settings, self.noise = canvas, settings, noise.on(decoder.device)
        self.mask, self._ends = noise.mask, special.ends
        self.end = None if settings.bar_end else canvas.end_of_text(special.ends, pins_only=settings.redraws)
        rewrites = settings.finishing > 0 or settings.redraws  # also a text with nothing open
        if canvas.open and not self._before_end(canvas.open) and not rewrites:
            raise ValueError(
                "The text has ended before every open position, so there is nothing to fill. Take out its end token, "
                "or choose edit, self-correction, second look or re-noise as the revision rule."
            )
        if not canvas.open and not rewrites:
            raise ValueError(
                "No position is open, so there is nothing to fill. Take out a token, or choose edit, self-correction, "
                "second look or re-noise as the revision rule."
            )
        if self.end is not None and not self.text:
            raise ValueError(
                "The text has ended before its first token, so there is nothing to mend. Take out its end token."
            )
        self.generator = torch.Generator(decoder.device).manual_seed(settings.seed)
        self.sequence = Sequence(canvas, noise.mask, decoder.device)
        self.predict = predictor(decoder, settings, special, canvas, self.generator)
        self.clock = Stopwatch(decoder.device)
        self.commit_level, self.revision = settings.levels[0], revision
        self.still = (
            Stillness(len(canvas.ids), decoder.vocabulary, decoder.device)
            if "waits" in COMMITS[settings.commit].traits
            else None
        )

    @property
    def to_fill(self) -> set[int]:
        """The open positions before the end of the text."""
        return self._before_end(self.sequence.open)

    @property
    def text(self) -> list[int]:
        """The positions before the end of the text that may change, in order."""
        return [at for at in self.canvas.free if self.end is None or at < self.end]

    @property
    def read(self) -> torch.Tensor:
        """The ids that a pass reads, int64 [n]: prompt and canvas, up to the end token once ``end`` is known."""
        return self.sequence.ids if self.end is None else self.sequence.ids[: self.end + 1]

    def ends(self, safe: int) -> bool:
        """Whether the text is complete after this pass; sets ``end`` if it has ended for good. safe: no later pass of
        the rule changes a position up to this one."""
        if not self.settings.bar_end:
            end = self.sequence.end_of_text(self._ends)
            self.end = end if end is not None and end <= safe else self.end
        return self.end is not None and not self.to_fill

    def _before_end(self, positions: Collection[int]) -> set[int]:
        return {at for at in positions if self.end is None or at < self.end}

    def view(
        self, positions: torch.Tensor, choice: Choice, progress: float, unseen: torch.Tensor | None = None
    ) -> View:
        """The View of a pass at ``positions``, int64 [n]. progress and unseen: see View."""
        return View(
            positions,
            choice,
            self.sequence.ids[positions],
            self.sequence.unsettled[positions],
            self.sequence.settled_probability[positions],
            self.still.update(positions, choice) if self.still else None,
            progress,
            self.generator,
            unseen,
        )
