"""Both samplers on a tiny engine, as tests call them."""

from __future__ import annotations

from playground.request.sampler_settings import DenoiseSettings
from playground.samplers.autoregressive import AutoregressSettings, autoregress
from playground.samplers.canvas import Canvas, blank
from playground.samplers.diffusion.sampler import denoise
from playground.samplers.passes import Pass


def canvas_of(engine, prompt: str = "Hi there", length: int = 16, noise: str = "mask", seed: int = 0) -> Canvas:
    return blank(engine.diffusion.encode(prompt), length, engine.diffusion.noise, noise, seed)


def denoised(
    engine, canvas: Canvas | None = None, prompt: str = "Hi there", length: int = 16, **settings
) -> list[Pass]:
    """Every pass of the diffusion lane, on a canvas of ``length`` behind a prompt where none is given."""
    chosen = DenoiseSettings(**settings)
    canvas = canvas or canvas_of(engine, prompt, length, chosen.noise, chosen.seed)
    return list(denoise(engine.diffusion.decoder, canvas, chosen, engine.diffusion.special, engine.diffusion.noise))


def written(engine, canvas: Canvas | None = None, prompt: str = "Hi there", length: int = 16, **settings) -> list[Pass]:
    """Every pass of the AR lane."""
    canvas = canvas or canvas_of(engine, prompt, length)
    return list(autoregress(engine.ar.decoder, canvas, AutoregressSettings(**settings), engine.ar.special))


def committed(step: Pass) -> dict[int, int]:
    return {guess.position: guess.id for guess in step.guesses if guess.committed}
