"""Measures the lanes by their own clocks: in a race, alone, and the AR lane against transformers' generate."""

from __future__ import annotations

import time
from statistics import median
from typing import Any

import torch

from playground.engine.twins import Twins
from playground.request.race_request import RaceRequest

ROUNDS = 9
REQUEST = RaceRequest("I need to find a dentist in Fremont.")  # by the page's own rule, length and passes


def lane_clocks(engine: Twins, request: RaceRequest = REQUEST) -> dict[str, float]:
    """The final clock of each lane in one race, in ms."""
    run = engine.start(request)
    return {frame.lane: frame.t_ms for frame in run.frames()}


def lone_clock(engine: Twins, key: str, request: RaceRequest = REQUEST) -> float:
    """The final clock of one lane that runs alone, in ms."""
    return [frame.t_ms for frame in engine.lanes(request)[key].frames][-1]


def race_time(engine: Twins) -> dict[str, Any]:
    """The total model time of both lanes in a race by the page's defaults. Target: under 1,000 ms on 2 cores."""
    rounds = [lane_clocks(engine) for _ in range(ROUNDS)]
    clocks = {key: median(row[key] for row in rounds) for key in rounds[0]}
    total = median(sum(row.values()) for row in rounds)
    return {
        "total_ms": round(total, 1),
        **{f"{key}_ms": round(ms, 1) for key, ms in clocks.items()},
        "diffusion_pass_ms": round(clocks["diffusion"] / REQUEST.steps, 2),
        "ar_step_ms": round(clocks["ar"] / REQUEST.length, 2),
        "target_ms": 1000,
        "rounds": ROUNDS,
    }


def fairness(engine: Twins) -> dict[str, Any]:
    """Each lane's clock in the race divided by its clock alone, measured alternately. Target: within 5% of 1."""
    ratios: dict[str, list[float]] = {"diffusion": [], "ar": []}
    for _ in range(ROUNDS):
        together = lane_clocks(engine)
        for key, rows in ratios.items():
            rows.append(together[key] / lone_clock(engine, key))
    return {**{key: round(median(rows), 3) for key, rows in ratios.items()}, "target": "0.95 to 1.05", "rounds": ROUNDS}


@torch.inference_mode()
def against_generate(engine: Twins) -> dict[str, Any]:
    """The AR lane's tok/s divided by those of transformers' generate with the same model and a cache, measured
    alternately. Target: at least 1.0."""
    twin = engine.ar
    ids = torch.tensor(engine.diffusion.open(REQUEST).canvas.ids[: -REQUEST.length], device=twin.model.device)
    ratios, lane_rates = [], []
    for _ in range(ROUNDS):
        ours = lone_clock(engine, "ar")
        began = time.perf_counter()
        out = twin.model.generate(
            ids[None],
            attention_mask=torch.ones_like(ids[None]),
            do_sample=False,
            use_cache=True,
            min_new_tokens=REQUEST.length,
            max_new_tokens=REQUEST.length,
            suppress_tokens=[twin.special.end, twin.special.mask],
        )
        theirs = (time.perf_counter() - began) * 1000
        assert out.shape[1] == len(ids) + REQUEST.length
        ratios.append(theirs / ours)
        lane_rates.append(1000 * REQUEST.length / ours)
    return {
        "lane_over_generate": round(median(ratios), 3),
        "lane_tok_per_s": round(median(lane_rates), 1),
        "target": 1.0,
        "rounds": ROUNDS,
    }
