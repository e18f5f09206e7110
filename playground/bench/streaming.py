"""Measures the cost of streaming: the wall time of a streamed race relative to its lanes' clocks, and those clocks
relative to the clocks of a race without streaming."""

from __future__ import annotations

import json
import time
from statistics import median
from typing import Any

from playground.bench.lanes import REQUEST, ROUNDS, lane_clocks
from playground.engine.twins import Twins
from playground.stream.messages import Streams


def streamed_race(streams: Streams) -> tuple[float, dict[str, float]]:
    """Milliseconds from the request to the receipt of the last frame, including threads and JSON; and the final clock
    of each lane in ms."""
    clocks: dict[str, float] = {}
    began = arrived = time.perf_counter()
    for message in map(json.loads, streams.messages(REQUEST.to_json())):
        if message["kind"] == "frames":
            clocks.update((frame["lane"], frame["t_ms"]) for frame in message["frames"])
            arrived = time.perf_counter()
    return (arrived - began) * 1000, clocks


def streaming_cost(engine: Twins) -> dict[str, Any]:
    """The ratios. Targets: wall time at most 1.10 times the model time, and lane clocks that streaming does not change
    (1.0)."""
    streams, walls = Streams(engine), []
    inflation: dict[str, list[float]] = {"diffusion": [], "ar": []}
    for _ in range(ROUNDS):
        wall, clocks = streamed_race(streams)
        walls.append(wall / sum(clocks.values()))
        bare = lane_clocks(engine)
        for key, rows in inflation.items():
            rows.append(clocks[key] / bare[key])
    return {
        "wall_over_model_time": round(median(walls), 3),
        "target": 1.10,
        "clock_streamed_over_bare": {key: round(median(rows), 3) for key, rows in inflation.items()},
        "rounds": ROUNDS,
    }
