"""Served models for tests, without a network: their lanes run beside the race, on the wall clock, and do what a script says."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from playground.catalog.records import ModelRecord, Served
from playground.engine.lane_source import RunningLane
from playground.errors import PlaygroundError
from playground.metrics.score import Score
from playground.request.race_request import RaceRequest
from playground.trace.trace import Change, Frame, Lane


@dataclass(frozen=True)
class Thinks:
    """A step in which the model thinks until ``over`` is set."""

    over: threading.Event


Step = float | str | Exception | Thinks | Callable[[], Any]  # a pause in s, a chunk, a failure, or a call in between
TEXT = ("Hello", " there", ", how", " can", " I", " help?")
CAP = 400  # places of a lane


class ServedSource:
    """A LaneSource whose lanes run apart. script: what each lane does, in order; its text ends with the script."""

    can: frozenset[str] = frozenset()
    hash = ""
    kinds: tuple[tuple[str, str], ...] = ()

    def __init__(self, script: Sequence[Step] = TEXT, key: str = "served", unit: str = "chunks", usage: int | None = 9):
        self.record = ModelRecord(key, "ar", f"Served {key}", served=Served("", "m-1", ""), context=2048)
        self.script, self.unit, self.usage = script, unit, usage
        self.stopped, self.closed = threading.Event(), threading.Event()  # of the latest lane
        self.thread = ""  # that pulled it

    def lane(
        self, request: RaceRequest, key: str, title: str, about: Mapping[str, Any], keys: object = None
    ) -> RunningLane:
        remote: dict[str, Any] = {
            "provider": "nobody",
            "model": "m-1",
            "unit": self.unit,
            "clock": "wall",
            "connect_ms": None,
            "usage": None,
            "finish": None,
            "ignored": ["the seed", "temperature 0"],
        }
        self.stopped, self.closed = threading.Event(), threading.Event()
        lane = Lane(key, "ar", title, 1, CAP, {**about, "remote": remote})
        frames = self.frames(lane, request.prompt, remote, self.stopped, self.closed)
        return RunningLane(
            lane, frames, request.prompt, request.prompt, request.prompt, apart=True, stop=self.stopped.set
        )

    def frames(
        self, lane: Lane, prompt: str, remote: dict[str, Any], stopped: threading.Event, closed: threading.Event
    ) -> Iterator[Frame]:
        self.thread = threading.current_thread().name
        began, clock, at = time.monotonic(), 0.0, lane.prompt
        try:
            yield Frame(lane.key, 0, 0.0, 0.0, (Change(0, prompt, None, "prompt", 0),), CAP)
            remote["connect_ms"] = 12.5
            for step, after in pairwise([*self.script, None]):
                if isinstance(step, Exception):
                    raise step
                if isinstance(step, Thinks):
                    remote["thinking"] = True
                    step.over.wait(60)
                    remote["thinking"] = False
                if callable(step):
                    step()
                if isinstance(step, float):
                    stopped.wait(step)
                if stopped.is_set():
                    raise PlaygroundError("The connection was closed.")
                if isinstance(step, str):
                    now = 1000 * (time.monotonic() - began)
                    change = Change(at, step, None, "committed", at)
                    at += 1
                    if after is None:
                        remote["usage"], remote["finish"] = self.usage and {"completion_tokens": self.usage}, "stop"
                    yield Frame(
                        lane.key,
                        at - lane.prompt,
                        now,
                        now - clock,
                        (change,),
                        CAP + 1 - at,
                        phase="final" if after is None else "rough",
                    )
                    clock = now
        finally:
            closed.set()

    def warm_up(self) -> None:
        """There is nothing to warm."""

    def attention(self, ids: object, position: object) -> list[float]:
        raise AssertionError("nobody asks a model for what it cannot do")

    def score(self, given: str, text: str) -> Score | None:
        raise AssertionError("nobody asks a model for what it cannot do")

    def outside(self, prompt: str, text: str) -> bool:
        raise AssertionError("nobody asks a model for what it cannot do")


FAILS = PlaygroundError("The server said 429. Ask again in a minute.")


def failing(key: str = "failing") -> ServedSource:
    return ServedSource((*TEXT[:3], FAILS), key)


def silent(seconds: float = 60.0, key: str = "silent") -> ServedSource:
    return ServedSource((TEXT[0], seconds, *TEXT[1:]), key)
