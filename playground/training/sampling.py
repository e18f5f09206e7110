"""The playground's own samplers, as training uses them: every text that a twin writes, fills or mends here comes from them.

One text at a time: the packed decoder makes up for the batch. On one CPU thread the shipped twin takes 1.1 of the time of a batch of 16 on
the stock class to write 16 texts or to fill their gaps, 1.0 to look at them a second time, and 0.8 to edit them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from playground.decoders import Decoder, fastest_decoder
from playground.decoders.special_ids import SpecialIds
from playground.request.race_request import RaceRequest
from playground.request.sampler_settings import DenoiseSettings
from playground.samplers.autoregressive import AutoregressSettings, autoregress
from playground.samplers.canvas import Canvas, blank
from playground.samplers.diffusion.sampler import denoise
from playground.samplers.noise import Noise
from playground.samplers.passes import Pass


@dataclass(frozen=True)
class Written:
    """ids: end token and what follows cut off; passes: forward passes taken."""

    ids: list[int]
    passes: int


@dataclass(frozen=True)
class Sampler:
    """What the playground's samplers need of a twin."""

    decoder: Decoder
    special: SpecialIds
    noise: Noise

    @classmethod
    def of(cls, model: torch.nn.Module, tokenizer: Any) -> Sampler:
        """On the fastest decoder that computes what the class computes. tokenizer: of transformers, with a mask token."""
        special = SpecialIds(end=tokenizer.eos_token_id, mask=tokenizer.mask_token_id)
        return cls(fastest_decoder(model), special, Noise.of(tokenizer))

    def settle(self, canvas: Canvas, settings: DenoiseSettings) -> Pass:
        """The last pass over a canvas. A causal twin reads only the temperature, what it draws from, the seed and ``bar_end``."""
        *_, last = self._passes(canvas, settings)
        return last

    def write(self, prompt: Sequence[int], length: int, passes: int, **rules: Any) -> Written:
        """At most ``length`` ids after a prompt. passes: of the diffusion twin, some more under a revision rule that finishes; the
        AR twin takes one a token. rules: of DenoiseSettings; the commit rule is the page's own where none is named."""
        settings = DenoiseSettings(steps=passes, **{"commit": RaceRequest.commit, **rules})
        last = self.settle(blank(prompt, length, self.noise), settings)
        ids = [token for token in last.ids[len(prompt) :] if token is not None]
        return Written(ids[: ids.index(self.special.end)] if self.special.end in ids else ids, last.i)

    def _passes(self, canvas: Canvas, settings: DenoiseSettings) -> Iterator[Pass]:
        if not self.decoder.causal:
            return denoise(self.decoder, canvas, settings, self.special, self.noise)
        names = AutoregressSettings.__dataclass_fields__
        shared = AutoregressSettings(**{name: getattr(settings, name) for name in names})
        return autoregress(self.decoder, canvas, shared, self.special)
