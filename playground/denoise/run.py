"""One run of the sampler: what all its stages share."""
from __future__ import annotations

import torch

from playground.decoding import Decoder
from playground.denoise.canvas import Canvas
from playground.denoise.commit import Stillness, View
from playground.denoise.noise import Noise
from playground.denoise.predict import Predictor
from playground.denoise.rules import FINISHING_PASSES
from playground.denoise.sequence import Sequence
from playground.denoise.settings import DenoiseSettings
from playground.passes import Choice, SpecialIds
from playground.timing import Stopwatch


class Denoising:
    """A canvas under way: the sequence, who predicts it, the clock, and the one generator that all chance comes from.

    Raises ValueError with a sentence where the rules have nothing to do on this canvas.
    """

    def __init__(self, decoder: Decoder, canvas: Canvas, settings: DenoiseSettings, special: SpecialIds, noise: Noise):
        if not canvas.free:
            raise ValueError("Every position is pinned, so there is nothing to write or to mend. Take the pins off some tokens.")
        if not canvas.open and settings.revise not in (*FINISHING_PASSES, "renoise"):
            raise ValueError(
                "No position is open, so there is nothing to fill. Take out a token, or choose edit, self-correction, "
                "second look or re-noise as the revision rule."
            )
        self.canvas, self.settings, self.noise = canvas, settings, noise.on(decoder.device)
        self.mask = special.mask
        self.generator = torch.Generator(decoder.device).manual_seed(settings.seed)
        self.sequence = Sequence(canvas, special.mask, decoder.device)
        self.predict = Predictor(decoder, settings, special, canvas, self.generator)
        self.clock = Stopwatch(decoder.device)
        self.commit_level, self.revise_level = settings.levels
        self.still = (
            Stillness(len(canvas.ids), decoder.vocabulary, decoder.device) if settings.commit == "klass" else None
        )

    def view(self, positions: torch.Tensor, choice: Choice, progress: float) -> View:
        """What the rules see of a pass at ``positions``, int64 [n]."""
        return View(
            positions, choice, self.sequence.ids[positions], self.sequence.unsettled[positions],
            self.sequence.settled_probability[positions], self.still.update(positions, choice) if self.still else None,
            progress, self.generator,
        )
