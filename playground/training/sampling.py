"""The playground's own samplers, as the cards and the evaluation use them: the one place here that calls them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from playground.request.race_request import RaceRequest
from playground.training.runs import Twin


@dataclass(frozen=True)
class Written:
    """ids: end token and what follows cut off; passes: forward passes taken."""

    ids: list[int]
    passes: int


def write(twin: Twin, *asked: Any, **named: Any) -> Written:
    """One text, as ``writer`` says, which is faster for many."""
    return writer(twin)(*asked, **named)


def writer(twin: Twin) -> Callable[..., Written]:
    """Writes after prompts with the playground's own samplers, on the fastest decoder that computes what the class computes.

    The diffusion twin takes ``passes`` passes under a commit rule (rules.COMMITS; the page's own where none is named), and under a
    revision rule (rules.REVISIONS) some more; the AR twin takes one a token, whatever ``passes`` says. At most ``length`` ids come
    back. ``bar_end``: never choose the end token, so that every text has its full length.
    """
    # imported here, so that training does not hang on the samplers
    from playground.decoders import fastest_decoder
    from playground.decoders.special_ids import SpecialIds
    from playground.request.sampler_settings import DenoiseSettings
    from playground.samplers.autoregressive import AutoregressSettings, autoregress
    from playground.samplers.canvas import blank
    from playground.samplers.diffusion.sampler import denoise
    from playground.samplers.noise import Noise

    special = SpecialIds(end=twin.tokenizer.eos_token_id, mask=twin.tokenizer.mask_token_id)
    decoder, noise = fastest_decoder(twin.model), Noise.of(twin.tokenizer)

    def write_one(
        prompt: Sequence[int],
        length: int,
        passes: int,
        temperature: float = 0.0,
        seed: int = 0,
        bar_end: bool = False,
        revise: str = "none",
        commit: str = RaceRequest.commit,
    ) -> Written:
        canvas = blank(prompt, length, noise)
        if twin.objective == "ar":
            run = autoregress(decoder, canvas, AutoregressSettings(temperature, seed, bar_end), special)
        else:
            settings = DenoiseSettings(
                steps=passes, temperature=temperature, seed=seed, bar_end=bar_end, revise=revise, commit=commit
            )
            run = denoise(decoder, canvas, settings, special, noise)
        *_, last = run
        written = [token for token in last.ids[len(prompt) :] if token is not None]
        return Written(written[: written.index(special.end)] if special.end in written else written, last.i)

    return write_one
