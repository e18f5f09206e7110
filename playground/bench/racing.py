"""Measures both lanes of one race as the page runs it, and the largest number of passes at which diffusion still
finishes first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from statistics import median
from typing import Any

from playground.bench.lanes import REQUEST, ROUNDS, lone_clock
from playground.bench.quiet import Watch
from playground.engine.twins import Twins
from playground.request.race_request import RaceRequest

# figures whose median over the rounds is reported
MEDIANS = (
    "ms",
    "tok_per_s",
    "ms_per_pass",
    "first_token_ms",
    "last_token_ms",
    "flops_share",
    "bytes_share",
)
# figures that are the same in every round
SAME = (
    "tokens",
    "passes",
    "tokens_per_arrival",
    "perplexity",
    "entropy",
    "flops_per_pass",
    "bytes_per_pass",
)


def race_figures(engine: Twins, request: RaceRequest = REQUEST, watch: Watch | None = None) -> dict[str, Any]:
    """Both lanes' figures as medians of ROUNDS races. ``factor`` is the median of AR's clock divided by diffusion's,
    above 1 if diffusion finished first; ``first`` names the lane that finished first."""
    watch = watch or Watch()
    rounds = [watch.steady(lambda: _lanes(engine, request)) for _ in range(ROUNDS)]
    lanes = {
        key: {
            **{name: _rounded(rounds[0][key][name]) for name in SAME},
            **{name: _median(rounds, key, name) for name in MEDIANS},
        }
        for key in rounds[0]
    }
    factor = median(lanes["ar"]["ms"] / lanes["diffusion"]["ms"] for lanes in rounds)
    peak = engine.peak()
    return {
        "prompt": request.prompt,
        "prompt_tokens": engine.diffusion.open(request).canvas.start,
        "length": request.length,
        "steps": request.steps,
        "lanes": lanes,
        "factor": round(factor, 3),
        "first": "diffusion" if factor > 1 else "ar",
        "peak": {"flops_per_s": round(peak.flops_per_s), "bytes_per_s": round(peak.bytes_per_s)},
        "rounds": ROUNDS,
        "others": watch.others,
    }


def _lanes(engine: Twins, request: RaceRequest) -> Mapping[str, Mapping[str, Any]]:
    run = engine.start(request)
    for _ in run.frames():
        pass
    return run.trace.verdict["lanes"]


def _median(rounds: list[Mapping[str, Mapping[str, Any]]], key: str, name: str) -> float | None:
    found = [lanes[key][name] for lanes in rounds if lanes[key][name] is not None]
    return round(median(found), 4) if found else None


def _rounded(value: float | int | None) -> float | int | None:
    return round(value, 4) if isinstance(value, float) else value


def _lone_clocks(engine: Twins, request: RaceRequest) -> tuple[float, float]:
    return lone_clock(engine, "diffusion", request), lone_clock(engine, "ar", request)


def most_passes_faster(engine: Twins, request: RaceRequest = REQUEST, watch: Watch | None = None) -> int:
    """The largest number of passes of the default sampler at which the diffusion lane finishes before the AR lane.

    It is found by bisection: at each number both lanes run alone, alternately, and the medians of their clocks
    decide. 0 if a single pass is slower than the AR lane; at most one pass per token.
    """
    watch, done, over = watch or Watch(), 0, request.length + 1
    while over - done > 1:
        passes = (done + over) // 2
        tried = replace(request, steps=passes)
        pairs = [watch.steady(partial(_lone_clocks, engine, tried)) for _ in range(ROUNDS)]
        if median(one for one, _ in pairs) < median(other for _, other in pairs):
            done = passes
        else:
            over = passes
    return done
