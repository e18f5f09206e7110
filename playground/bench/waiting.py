"""How OpenMP's threads wait for each other between two pieces of a pass: quiet, and with the cores shared, as on a free Space.

A thread that spins is there at once, but while it spins it keeps a shared core from the thread it waits for. A thread that sleeps
leaves the core free, and takes tens of microseconds to wake. Every way runs in a process of its own, since the runtime reads its
settings once.
"""
from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import ExitStack
from statistics import median
from typing import Any, Mapping

from playground.engine import TwinEngine
from playground.threads import WAITING

ROUNDS = 3  # processes per way and state, by turns
RACES = 5  # per process
ALL_CORES = {"OMP_NUM_THREADS": str(os.cpu_count() or 1)}
AS_LIBRARIES_DO, OWN = "all cores, spinning as libraries do", "the playground's own: one thread"
WAYS: dict[str, dict[str, str]] = {
    AS_LIBRARIES_DO: ALL_CORES,
    **{f"all cores, {count:,} spins": {**ALL_CORES, "GOMP_SPINCOUNT": str(count)} for count in (1_000, 10_000, 100_000)},
    "all cores, asleep": {**ALL_CORES, **WAITING},
    OWN: dict(WAITING),
}
RACE = f"""
import json, os
from statistics import median
from playground.bench.lanes import lane_clocks
from playground.catalog.twins import load_twins
engine = load_twins("cpu")
print(json.dumps(engine.thread.run(lambda: [lane_clocks(engine) for _ in range({RACES})])))
"""
NEIGHBOUR = "while True: pass"


def waiting(engine: TwinEngine) -> dict[str, Any]:
    """Both lanes' clocks under each way of waiting, medians as ratios to the way libraries wait on a quiet machine, and the quotient of
    the two clocks (AR over diffusion) with its smallest and largest. busy: as many other processes as there are cores compute all the
    time."""
    measured: dict[str, dict[str, list[Mapping[str, float]]]] = {state: {way: [] for way in WAYS} for state in ("quiet", "busy")}
    for _ in range(ROUNDS):
        for state, ways in measured.items():
            with ExitStack() as neighbours:
                for _ in range(os.cpu_count() or 1 if state == "busy" else 0):
                    neighbours.enter_context(Neighbour())
                for way, races in ways.items():
                    races += _races(WAYS[way])
    base = {lane: median(race[lane] for race in measured["quiet"][AS_LIBRARIES_DO]) for lane in ("diffusion", "ar")}
    return {
        state: {way: _figures(races, base) for way, races in ways.items()} for state, ways in measured.items()
    } | {"base_ms": {lane: round(ms, 1) for lane, ms in base.items()}, "cores": os.cpu_count(), "races": ROUNDS * RACES}


class Neighbour:
    """Another program that computes without end, for as long as this is entered."""

    def __enter__(self) -> None:
        self._process = subprocess.Popen([sys.executable, "-c", NEIGHBOUR])

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()


def _races(way: Mapping[str, str]) -> list[Mapping[str, float]]:
    """Lane clocks in ms of RACES races in a process that waits in this way."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OMP_", "GOMP_", "KMP_"))}
    done = subprocess.run([sys.executable, "-c", RACE], env=kept | dict(way), capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def _figures(races: list[Mapping[str, float]], base: Mapping[str, float]) -> dict[str, float]:
    clocks = {lane: [race[lane] for race in races] for lane in base}
    quotients = [race["ar"] / race["diffusion"] for race in races]
    return {
        **{lane: round(median(values) / base[lane], 2) for lane, values in clocks.items()},
        "quotient": round(median(quotients), 2), "quotient_from": round(min(quotients), 2), "quotient_to": round(max(quotients), 2),
    }
