"""Measures whether a served lane changes the clocks of the twins beside it. The lane is made up: it needs no network,
and sends a chunk every 10 ms, as a fast server does."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Mapping
from statistics import median
from typing import Any

from playground.bench.lanes import REQUEST, ROUNDS
from playground.catalog.records import ModelRecord, Served
from playground.engine.lane_source import RunningLane, WritesOnly
from playground.engine.twins import Twins
from playground.request.race_request import RaceRequest
from playground.stream.messages import Streams
from playground.trace.trace import Change, Frame, Lane

EVERY_S = 0.01
CHUNKS = 300  # three seconds: longer than the twins need
KEY = "chunks"
TWINS = ({"model": "twin-diffusion"}, {"model": "twin-ar"})


class Chunks(WritesOnly):
    """A LaneSource whose lane sends CHUNKS chunks, one every EVERY_S."""

    record = ModelRecord(KEY, "ar", "Chunks", served=Served("", KEY, ""))
    can: frozenset[str] = frozenset()
    hash = ""
    kinds: tuple[tuple[str, str], ...] = ()

    def lane(self, request: RaceRequest, key: str, title: str, about: Mapping[str, Any]) -> RunningLane:
        lane = Lane(key, "ar", title, 0, CHUNKS, {**about, "remote": {"unit": "chunks", "clock": "wall"}})
        stopped = threading.Event()
        return RunningLane(lane, arrivals(key, stopped), "", "", apart=True, stop=stopped.set)

    def warm_up(self) -> None:
        """There is nothing to warm."""


def arrivals(key: str, stopped: threading.Event) -> Iterator[Frame]:
    began, clock = time.perf_counter(), 0.0
    yield Frame(key, 0, 0.0, 0.0, (), 0)
    for i in range(1, CHUNKS + 1):
        if stopped.wait(EVERY_S):
            return
        now = (time.perf_counter() - began) * 1000
        chunk = Change(i - 1, " word", None, "committed", i)
        yield Frame(key, i, now, now - clock, (chunk,), 0, phase="final" if i == CHUNKS else "rough")
        clock = now


def clocks_of_twins(streams: Streams, *more: Mapping[str, str]) -> tuple[dict[str, float], int]:
    """The final clocks of the twins in a streamed race, in ms, and the chunks that came before they ended."""
    values = {**REQUEST.to_json(), "lanes": json.dumps([*TWINS, *more])}
    clocks: dict[str, float] = {}
    chunks, left = 0, {"diffusion", "ar"}
    messages = streams.messages(values)
    for message in map(json.loads, messages):
        for frame in message.get("frames", ()):
            if frame["lane"] in ("diffusion", "ar"):
                clocks[frame["lane"]] = frame["t_ms"]
                left -= {frame["lane"]} if frame["phase"] == "final" else set()
            elif left:
                chunks += 1
        if not left:
            messages.close()
            break
    return clocks, chunks


def beside_served(engine: Twins) -> dict[str, Any]:
    """Each twin's clock beside a served lane of 100 chunks a second divided by its clock without one, measured
    alternately. Target: within 5% of 1. The same of two races without one is the noise."""
    streams = Streams(Twins(engine.diffusion, engine.ar, engine.torch_device, engine.thread, Chunks()))
    ratios: dict[str, dict[str, list[float]]] = {name: {"diffusion": [], "ar": []} for name in ("beside", "noise")}
    came = []
    for _ in range(ROUNDS):
        alone, _ = clocks_of_twins(streams)
        beside, chunks = clocks_of_twins(streams, {"model": KEY})
        again, _ = clocks_of_twins(streams)
        came.append(chunks)
        for key in ("diffusion", "ar"):
            ratios["beside"][key].append(beside[key] / alone[key])
            ratios["noise"][key].append(again[key] / alone[key])
    medians = {name: {key: round(median(rows), 3) for key, rows in lanes.items()} for name, lanes in ratios.items()}
    return {**medians, "target": "0.95 to 1.05", "chunks_beside": median(came), "rounds": ROUNDS}
