"""The sampler: predict, choose what to commit, perhaps revise what is committed, repeat.

noise x commit rule x revision rule x blocks x cache, each a small function or object. A generator whose ``next()`` is
exactly one forward pass; knows nothing about tokenization, text or the page.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch

from playground.decoders import Decoder
from playground.decoders.special_ids import SpecialIds
from playground.request.sampler_settings import DenoiseSettings
from playground.samplers.canvas import Canvas
from playground.samplers.diffusion.revise import REVISING
from playground.samplers.diffusion.state import SamplerState
from playground.samplers.noise import Noise
from playground.samplers.passes import Pass


def denoise(
    decoder: Decoder, canvas: Canvas, settings: DenoiseSettings, special: SpecialIds, noise: Noise
) -> Iterator[Pass]:
    """Denoise a canvas with a bidirectional decoder. Yields the start, then one Pass per forward pass, at most
    ``settings.steps + settings.finishing``; then no position of the text is open, and prompt and pins are as they were. The text ends with its
    first end token, and nothing after that is computed once the rule can take back neither the end nor anything before it;
    a rule that goes on when all is full mends the text before its end.

    The same canvas, settings and seed give the same tokens on the same device. Raises ValueError at once where the rules have
    nothing to do on this canvas.
    """
    revision = REVISING[settings.revise](settings.levels[1])
    return _stages(SamplerState(decoder, canvas, settings, special, noise, revision))


@torch.inference_mode()
def _stages(run: SamplerState) -> Iterator[Pass]:
    """Fill the canvas, and finish the text where the rule goes on."""
    yield run.sequence.start()
    yield from run.revision.fill(run)
    if run.settings.finishing and run.text:
        yield from run.revision.finish(run)
