"""The autoregressive sampler: one token per forward pass, left to right, with a KV cache.

It is a generator. Each ``next()`` runs exactly one forward pass; the first pass also reads the prompt (prefill).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch

from playground.decoders import Decoder
from playground.decoders.special_ids import SpecialIds
from playground.device.clock import Stopwatch
from playground.samplers.barred import Barred
from playground.samplers.canvas import Canvas
from playground.samplers.choice import choose, on_device
from playground.samplers.passes import Pass, Standing, Work, outcomes, to_host


@dataclass(frozen=True)
class AutoregressSettings:
    """How the autoregressive sampler chooses tokens."""

    temperature: float = 0.0  # 0: always the likeliest token
    seed: int = 0
    bar_end: bool = False  # never choose the end token
    top_p: float = 1.0  # see choice.likeliest
    top_k: int = 0  # see choice.likeliest


def autoregress(decoder: Decoder, canvas: Canvas, settings: AutoregressSettings, special: SpecialIds) -> Iterator[Pass]:
    """Write the canvas with a causal decoder, up to an end token or the last position.

    Given positions (pinned, or not corrupted) are read when the sampler reaches them, not before: it sees nothing to
    its right. Yields the start, then one Pass per forward pass, each with one committed guess. Raises ValueError at
    the call, not at the first ``next()``, if there is nothing to write, or nothing before the first position to write.
    """
    to_write = _to_write(canvas, settings, special)
    if not to_write:
        raise ValueError(
            "Nothing is left to write before the end of this text. Take out its end token, or edit further to the left."
        )
    if to_write[0] == 0:
        raise ValueError(
            "This AR model only continues a text, so it needs words before the first blank. Write some there, or leave its "
            "lane out."
        )
    return _writing(decoder, canvas, settings, special, to_write)


def _to_write(canvas: Canvas, settings: AutoregressSettings, special: SpecialIds) -> list[int]:
    """The positions to write: all that are not given, up to a given end token with no pin after it."""
    places, last_pinned = range(canvas.start, len(canvas.ids)), max(canvas.pinned, default=-1)
    ends = [at for at in canvas.given if canvas.ids[at] in special.ends and at >= last_pinned]
    stop = len(canvas.ids) if settings.bar_end else min(ends, default=len(canvas.ids))
    return [at for at in places if at < stop and at not in canvas.given]


@torch.inference_mode()
def _writing(
    decoder: Decoder, canvas: Canvas, settings: AutoregressSettings, special: SpecialIds, to_write: list[int]
) -> Iterator[Pass]:
    device = decoder.device
    generator = torch.Generator(device).manual_seed(settings.seed)
    given = canvas.given
    last_given = max(given, default=-1)
    barred = Barred(special, device, settings.bar_end)
    ids = [token if at < canvas.start or at in given else None for at, token in enumerate(canvas.ids)]
    open_positions = set(range(canvas.start, len(canvas.ids))) - given
    yield Pass(0, 0.0, tuple(ids), (), frozenset(open_positions), last=False, pinned=canvas.pinned)

    clock, cache, read = Stopwatch(device), decoder.ar_cache(len(canvas.ids)), 0
    settled = torch.full((1,), Standing.SETTLED, device=device)
    committed = torch.ones(1, dtype=torch.bool, device=device)
    written: torch.Tensor | None = None  # the last chosen id, still on the device
    for i, at in enumerate(to_write, start=1):
        behind = [
            token for token in ids[read if written is None else read + 1 : at] if token is not None
        ]  # given tokens between the last written position and this one
        clock.start()
        parts = [*([] if written is None else [written]), *([on_device(behind, device)] if behind else [])]
        inputs = parts[0] if len(parts) == 1 else torch.cat(parts)
        here = barred.without_end if at < last_given else barred.always  # the text cannot end before a given token
        logits = decoder.logits(decoder.step(inputs[None], cache))
        choice = choose(logits, here, settings.temperature, generator, settings.top_p, settings.top_k)
        written = choice.ids
        rows = to_host(choice, choice.ids, settled, committed)
        ms = clock.stop()
        (outcome,) = outcomes([at], rows)
        read, ids[at] = at, outcome.id
        open_positions.remove(at)
        ended = outcome.id in special.ends or i == len(to_write)
        work = Work(1, len(inputs), at, 1)
        past = frozenset(open_positions if ended else ())
        yield Pass(
            i,
            ms,
            tuple(ids),
            (outcome.guess,),
            frozenset(open_positions),
            ended,
            pinned=canvas.pinned,
            work=work,
            past=past,
        )
        if ended:
            return
