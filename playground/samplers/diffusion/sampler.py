"""The diffusion sampler: predict, choose which guesses to commit, revise committed tokens, repeat.

A sampler combines a noise, a commit rule, a revision rule, blocks and a cache; each of them is a small function or
object. The sampler is a generator. Each ``next()`` runs exactly one forward pass. It knows nothing about
tokenization, text or the page.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch

from playground.decoders import Decoder
from playground.decoders.special_ids import SpecialIds
from playground.request.sampler_settings import DenoiseSettings
from playground.samplers.canvas import Canvas
from playground.samplers.diffusion.bidirectional import Bidirectional
from playground.samplers.diffusion.predict import MakePredictor
from playground.samplers.diffusion.revise import REVISING
from playground.samplers.diffusion.state import SamplerState
from playground.samplers.noise import Noise
from playground.samplers.passes import Pass


def denoise(
    decoder: Decoder,
    canvas: Canvas,
    settings: DenoiseSettings,
    special: SpecialIds,
    noise: Noise,
    predictor: MakePredictor = Bidirectional,
) -> Iterator[Pass]:
    """Denoise a canvas. predictor: makes the predictor of the decoder's model, see predictors.py.

    Yields the start, then one Pass per forward pass, at most ``settings.steps + settings.finishing`` of them. After
    the last one no position of the text is open, and prompt and pins are unchanged. A block-causal model takes one pass
    more per block, which reads it for good, and at least one pass for each block, however few the steps.

    The text ends with its first end token. Once the revision rule can no longer change that token or any token before
    it, the positions after it are not computed. A rule with a second stage corrects the text up to its end.

    The same canvas, settings and seed give the same tokens on the same device. Raises ValueError at the call, not at
    the first ``next()``, if the rules have nothing to do on this canvas.
    """
    revision = REVISING[settings.revise](settings.levels[1])
    return _stages(SamplerState(decoder, canvas, settings, special, noise, revision, predictor))


@torch.inference_mode()
def _stages(run: SamplerState) -> Iterator[Pass]:
    """Fill the canvas; then run the revision rule's second stage, if it has one."""
    yield run.sequence.start()
    yield from run.revision.fill(run)
    if run.settings.finishing and run.text:
        yield from run.revision.finish(run)
