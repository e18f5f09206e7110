"""Compares the lanes' clocks with the device's own times: events on a GPU's stream, the time in CUDA graphs, and how
often the host waits for the device."""

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
SYNCHRONISING = "synchronizing CUDA operation"  # in the warnings of torch.cuda.set_sync_debug_mode


class Moment:
    """An event on the current CUDA stream; on a CPU, a point in time."""

    def __init__(self, device: torch.device) -> None:
        self._event = torch.cuda.Event(enable_timing=True) if device.type == "cuda" else None
        if self._event is not None:
            self._event.record()
        self._at = time.perf_counter()

    def ms_until(self, later: Moment) -> float:
        """Milliseconds from this event to a later one. The device must have reached both."""
        if self._event is not None:
            return self._event.elapsed_time(later._event)
        return (later._at - self._at) * 1000


class BothClocks(Stopwatch):
    """The lanes' clock with device events inside it. It appends (host ms, device ms) of every pass to ``pairs``."""

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
    """The passes of the diffusion lane for the bench's request, with settings ``chosen``."""
    settings = DenoiseSettings(steps=REQUEST.steps, bar_end=True, **chosen)
    canvas = engine.diffusion.open(REQUEST).canvas
    return denoise(decoder, canvas, settings, engine.diffusion.special, engine.diffusion.noise)


def ar_passes(engine: Twins, decoder: Decoder) -> Iterator[Pass]:
    """The passes of the AR lane for the bench's request."""
    return autoregress(
        decoder, engine.diffusion.open(REQUEST).canvas, AutoregressSettings(bar_end=True), engine.ar.special
    )


LANES: dict[str, Callable[[Twins, Decoder], Iterator[Pass]]] = {"diffusion": diffusion_passes, "ar": ar_passes}


def clocks(engine: Twins) -> dict[str, Any]:
    """The time of a pass by the lane's clock and by device events. The difference is time of the host before and after
    the device's work."""
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
    """The share of a lane's clock that the replay of its CUDA graphs takes. The rest is the output head, the choice
    of tokens, the copy to the host, and passes outside graphs. ``capture`` is GraphDecoder's; tests on a CPU replace
    it by a function that just runs the pass again."""
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
    """``capture``, but every replay appends its first and last moment to ``replays``."""

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
    """A list that contains, after the block, the source lines where the host implicitly waited for the device, as torch
    reports them; empty on a CPU. Explicit synchronisation, as by the clock, is not counted."""
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
    """How often the host waits for the device per pass, by rule. Target: 1, for the copy of the pass's results."""
    device = engine.diffusion.decoder.device
    rows: dict[str, Callable[[], Iterator[Pass]]] = {"ar": lambda: ar_passes(engine, engine.ar.decoder)}
    for name, chosen in {"commit confidence": {}, **VARIANTS, **CACHES}.items():
        if "noise" not in chosen:
            rows[name] = lambda chosen=chosen: diffusion_passes(engine, engine.diffusion.decoder, **chosen)
    per_pass, where = {}, {}
    for name, passes in rows.items():
        list(passes())  # warm-up, so that caches from the first run exist
        under_way = passes()
        next(under_way)  # the start copies the canvas to the device
        with counting_waits(device) as seen:
            made = len(list(under_way))
        per_pass[name] = round(len(seen) / made, 3)
        if len(seen) > made:
            where[name] = sorted(set(seen))
    return {"per_pass": per_pass, "worst": max(per_pass.values()), "where": where, "target": 1}
