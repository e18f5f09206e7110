"""Compares the ways in which OpenMP threads wait for each other within a pass, on a quiet machine and with shared
cores, as on a free Space.

A spinning thread resumes without delay, but it takes a shared core from the thread that it waits for. A sleeping thread
leaves the core free, but takes tens of microseconds to wake. Each way runs in a process of its own, because the runtime
reads its settings only once.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from statistics import median
from typing import Any

from playground.engine.twins import Twins
from playground.threads import WAITING

ROUNDS, RACES = 3, 3  # rounds, in which ways and states alternate; and races per round, way and state
ALL_CORES = {"OMP_NUM_THREADS": str(os.cpu_count() or 1)}
AS_LIBRARIES_DO, OWN = "all cores, spinning as libraries do", "the playground's own: one thread"
WAYS: dict[str, dict[str, str]] = {
    AS_LIBRARIES_DO: ALL_CORES,
    **{
        f"all cores, {count:,} spins": {**ALL_CORES, "GOMP_SPINCOUNT": str(count)} for count in (1_000, 10_000, 100_000)
    },
    "all cores, asleep": {**ALL_CORES, **WAITING},
    OWN: dict(WAITING),
}
RACER = f"""
import json, sys
from playground.bench.lanes import lane_clocks
from playground.engine.twins import load_twins
engine = load_twins("cpu")
for _ in sys.stdin:
    print(json.dumps(engine.thread.run(lambda: [lane_clocks(engine) for _ in range({RACES})])), flush=True)
"""
NEIGHBOUR = "while True: pass"
Races = list[Mapping[str, float]]


def waiting(engine: Twins) -> dict[str, Any]:
    """Both lanes' median clocks under each way of waiting, relative to the libraries' default on a quiet machine; and
    the quotient of the two clocks (AR over diffusion): median, smallest and largest. In the state "busy" one other
    process per core computes all the time."""
    measured: dict[str, dict[str, Races]] = {state: {way: [] for way in WAYS} for state in ("quiet", "busy")}
    with ExitStack() as programs:
        racers = {way: programs.enter_context(Racer(settings)) for way, settings in WAYS.items()}
        for _ in range(ROUNDS):
            for state, ways in measured.items():
                with ExitStack() as neighbours:
                    for _ in range(os.cpu_count() or 1 if state == "busy" else 0):
                        neighbours.enter_context(Program(NEIGHBOUR))
                    for way, races in ways.items():
                        races.extend(racers[way].races())
    base = {lane: median(race[lane] for race in measured["quiet"][AS_LIBRARIES_DO]) for lane in ("diffusion", "ar")}
    return {state: {way: _figures(races, base) for way, races in ways.items()} for state, ways in measured.items()} | {
        "base_ms": {lane: round(ms, 1) for lane, ms in base.items()},
        "cores": os.cpu_count(),
        "races": ROUNDS * RACES,
    }


class Program:
    """Another Python process that runs while the context is entered. ``settings`` are environment variables."""

    def __init__(self, code: str, settings: Mapping[str, str] | None = None) -> None:
        self._code = code
        self._environment = {
            name: value for name, value in os.environ.items() if not name.startswith(("OMP_", "GOMP_", "KMP_"))
        }
        self._environment |= settings or {}

    def __enter__(self) -> Program:
        self._process = subprocess.Popen(
            [sys.executable, "-c", self._code],
            env=self._environment,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()


class Racer(Program):
    """A process that runs races with one way of waiting. The twins are loaded before anything is measured."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        super().__init__(RACER, settings)

    def __enter__(self) -> Racer:
        super().__enter__()
        self.races()  # the first race of a process is slower
        return self

    def races(self) -> Races:
        """The final lane clocks in ms of RACES races."""
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


def _figures(races: Races, base: Mapping[str, float]) -> dict[str, float]:
    clocks = {lane: [race[lane] for race in races] for lane in base}
    quotients = [race["ar"] / race["diffusion"] for race in races]
    return {
        **{lane: round(median(values) / base[lane], 2) for lane, values in clocks.items()},
        "quotient": round(median(quotients), 2),
        "quotient_from": round(min(quotients), 2),
        "quotient_to": round(max(quotients), 2),
    }
