"""What streaming costs: wall time of a streamed race over the model time of its lanes."""
from __future__ import annotations

import json
import time
from statistics import median
from typing import Any

from playground.bench.lanes import REQUEST, ROUNDS
from playground.engine import TwinEngine
from playground.ui.stream import Streams


def streaming_cost(engine: TwinEngine) -> dict[str, Any]:
    """From the first message asked for to the last frame received, threads and JSON included. Target <= 1.10."""
    streams, ratios = Streams(engine), []
    for _ in range(ROUNDS):
        clocks: dict[str, float] = {}
        began = arrived = time.perf_counter()
        for message in map(json.loads, streams.messages(REQUEST.to_json())):
            if message["kind"] == "frames":
                clocks.update((frame["lane"], frame["t_ms"]) for frame in message["frames"])
                arrived = time.perf_counter()
        ratios.append((arrived - began) * 1000 / sum(clocks.values()))
    return {"wall_over_model_time": round(median(ratios), 3), "target": 1.10, "rounds": ROUNDS}
