"""The lanes' clocks beside the device's own: events on a GPU's queue, the time in CUDA graphs, and what makes the host wait."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from statistics import median
from typing import Any
from unittest.mock import patch

import torch

import playground.samplers.autoregressive
import playground.samplers.diffusion.state
from playground.bench.lanes import REQUEST
from playground.bench.rules import VARIANTS
from playground.decoders import Decoder, GraphDecoder
from playground.decoders.cuda_graphs import Capture, captured
from playground.device.clock import Stopwatch, synchronise
from playground.engine.twins import Twins
from playground.request.sampler_settings import DenoiseSettings
from playground.samplers.autoregressive import AutoregressSettings, autoregress
from playground.samplers.diffusion.sampler import denoise
from playground.samplers.passes import Pass

ROUNDS = 9
CACHES = {
    "prefix cache, 2 blocks": {"cache": "prefix", "blocks": 2},
    "dual cache, 2 blocks": {"cache": "dual", "blocks": 2},
}
SYNCHRONISING = "synchronizing CUDA operation"  # of torch.cuda.set_sync_debug_mode


class Moment:
    """A point in the device's queue; on a CPU, which has none, a point in time."""

    def __init__(self, device: torch.device) -> None:
        self._event = torch.cuda.Event(enable_timing=True) if device.type == "cuda" else None
        if self._event is not None:
            self._event.record()
        self._at = time.perf_counter()

    def ms_until(self, later: Moment) -> float:
        """The device must have reached both."""
        if self._event is not None:
            return self._event.elapsed_time(later._event)
        return (later._at - self._at) * 1000


class BothClocks(Stopwatch):
    """The lane clock with events inside it; ``pairs`` keeps (host ms, device ms) of every pass."""

    def __init__(self, device: torch.device, pairs: list[tuple[float, float]]) -> None:
        super().__init__(device)
        self._pairs = pairs

    def start(self) -> None:
        super().start()
        self._first = Moment(self.device)

    def stop(self) -> float:
        last = Moment(self.device)
        ms = super().stop()
        self._pairs.append((ms, self._first.ms_until(last)))
        return ms


def diffusion_passes(engine: Twins, decoder: Decoder, **chosen: Any) -> Iterator[Pass]:
    """The lane of the bench's request, on its canvas or on one with the noise that the rules ask for."""
    settings = DenoiseSettings(steps=REQUEST.steps, bar_end=True, **chosen)
    canvas = engine.diffusion.open(REQUEST).canvas
    return denoise(decoder, canvas, settings, engine.diffusion.special, engine.diffusion.noise)


def ar_passes(engine: Twins, decoder: Decoder) -> Iterator[Pass]:
    return autoregress(
        decoder, engine.diffusion.open(REQUEST).canvas, AutoregressSettings(bar_end=True), engine.ar.special
    )


LANES: dict[str, Callable[[Twins, Decoder], Iterator[Pass]]] = {"diffusion": diffusion_passes, "ar": ar_passes}


def clocks(engine: Twins) -> dict[str, Any]:
    """A pass by the lane's clock and by device events: what they differ by is the host's own time at its two ends."""
    out: dict[str, Any] = {"rounds": ROUNDS}
    for key, passes in LANES.items():
        pairs: list[tuple[float, float]] = []
        make = partial(BothClocks, pairs=pairs)
        with (
            patch.object(playground.samplers.diffusion.state, "Stopwatch", make),
            patch.object(playground.samplers.autoregressive, "Stopwatch", make),
        ):
            for _ in range(ROUNDS):
                for _ in passes(engine, engine.twin(key).decoder):
                    pass
        out[key] = {
            "host_ms": round(median(host for host, _ in pairs), 3),
            "device_ms": round(median(on for _, on in pairs), 3),
            "device_over_host": round(median(on / host for host, on in pairs), 3),
            "passes": len(pairs),
        }
    return out


def graphs(engine: Twins, capture: Capture | None = None) -> dict[str, Any]:
    """The share of a lane's clock that is the replay of its graphs; the rest is the head, the choice of tokens, the copy, and
    passes that are not in a graph. capture: see GraphDecoder (tests, on a CPU, run anew)."""
    out: dict[str, Any] = {"rounds": ROUNDS}
    for key, model in (("diffusion", engine.diffusion.model), ("ar", engine.ar.model)):
        replays: list[tuple[Moment, Moment]] = []
        decoder = GraphDecoder(model, _timed(capture or captured, replays, engine.twin(key).decoder.device))
        rows = []
        for _ in range(ROUNDS + 1):
            replays.clear()
            steps = list(LANES[key](engine, decoder))[1:]
            synchronise(decoder.device)
            in_graphs = [first.ms_until(last) for first, last in replays]
            rows.append(
                (median(step.ms for step in steps), median(in_graphs), sum(in_graphs) / sum(step.ms for step in steps))
            )
        whole, replay, share = (round(median(column), 3) for column in zip(*rows[1:]))
        out[key] = {
            "decoder_of_the_page": type(engine.twin(key).decoder).__name__,
            "pass_ms": whole,
            "replay_ms": replay,
            "share_in_graphs": share,
            "replays": len(replays),
            "passes": len(steps),
        }
    return out


def _timed(capture: Capture, replays: list[tuple[Moment, Moment]], device: torch.device) -> Capture:
    def make(run: Callable[[], torch.Tensor]) -> Callable[[], torch.Tensor]:
        replay = capture(run)

        def timed() -> torch.Tensor:
            first = Moment(device)
            out = replay()
            replays.append((first, Moment(device)))
            return out

        return timed

    return make


@contextmanager
def counting_waits(device: torch.device) -> Iterator[list[str]]:
    """Where the host waited for the device without saying so, as torch reports it; nothing on a CPU. Explicit synchronising, as
    the clock does, is not counted."""
    seen: list[str] = []
    if device.type != "cuda":
        yield seen
        return
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        torch.cuda.set_sync_debug_mode("warn")
        try:
            yield seen
        finally:
            torch.cuda.set_sync_debug_mode("default")
            seen += [f"{note.filename}:{note.lineno}" for note in caught if SYNCHRONISING in str(note.message)]


def waits(engine: Twins) -> dict[str, Any]:
    """How often a pass makes the host wait, by rule. Target 1: the one copy of its results."""
    device = engine.diffusion.decoder.device
    rows: dict[str, Callable[[], Iterator[Pass]]] = {"ar": lambda: ar_passes(engine, engine.ar.decoder)}
    for name, chosen in {"commit confidence": {}, **VARIANTS, **CACHES}.items():
        if "noise" not in chosen:
            rows[name] = lambda chosen=chosen: diffusion_passes(engine, engine.diffusion.decoder, **chosen)
    per_pass, where = {}, {}
    for name, passes in rows.items():
        list(passes())  # what is kept from the first run on is there
        under_way = passes()
        next(under_way)  # the start sends the canvas to the device
        with counting_waits(device) as seen:
            made = len(list(under_way))
        per_pass[name] = round(len(seen) / made, 3)
        if len(seen) > made:
            where[name] = sorted(set(seen))
    return {"per_pass": per_pass, "worst": max(per_pass.values()), "where": where, "target": 1}
