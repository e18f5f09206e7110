"""Lanes beside the fair race. A served lane waits for a network, so it runs on a thread of its own: it holds neither
the device nor the other lanes. The fair race is one more producer here, and all frames come in order of arrival."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from playground.engine.closing import closing
from playground.engine.lane_source import RunningLane
from playground.trace.trace import Frame

DEVICE = ""  # names the fair race among the producers, whose other names are keys of lanes
PACE_S = 0.02  # the reader wakes this often, and not for each frame: the passes need the interpreter too

Put = Callable[[Frame], None]


@dataclass(frozen=True)
class Ended:
    """A producer has ended."""

    name: str  # DEVICE, or the key of a lane
    error: BaseException | None  # that ended it


class Beside:
    """The fair race and the lanes apart, each on a thread of its own.

    device: makes the frames of the fair race; None for a race of served lanes only. apart: the lanes apart, by key.
    """

    def __init__(self, device: Callable[[Put], None] | None, apart: Mapping[str, RunningLane]) -> None:
        self._apart = apart
        self._work = {key: partial(self._pull, key, lane) for key, lane in apart.items()}
        self._device = device
        self._made: queue.SimpleQueue[Frame | Ended] = queue.SimpleQueue()
        self._urgent = threading.Event()
        self._stopped = threading.Event()
        self._heard: dict[str, tuple[float, float]] = {}  # lane that runs -> its clock in ms, and when it showed that

    def stop(self) -> None:
        """End the lanes apart at once. Any thread may call this, and more than once."""
        self._stopped.set()
        self._urgent.set()
        for lane in self._apart.values():
            if lane.stop is not None:
                lane.stop()

    def clocks(self) -> dict[str, float]:
        """The wall clock in ms of each lane apart that still runs, by key. A lane's clock starts again at its frame 0,
        when its request is sent."""
        now = time.monotonic()
        return {key: clock + 1000 * (now - at) for key, (clock, at) in self._heard.copy().items()}

    def items(self) -> Iterator[Frame | Ended]:
        """Frames and ends of producers in order of arrival, until all have ended. After ``stop`` a silent lane is not
        waited for."""
        work: dict[str, Callable[[Put], None]] = {**self._work, **({DEVICE: self._device} if self._device else {})}
        for name, make in work.items():
            threading.Thread(target=self._produce, args=(name, make), name=f"lane-{name}", daemon=True).start()
        running = set(work)
        while running - (self._apart.keys() if self._stopped.is_set() else set()):
            self._urgent.wait(PACE_S)
            self._urgent.clear()
            for item in self._taken():
                if isinstance(item, Ended):
                    running.discard(item.name)
                yield item

    def _taken(self) -> Iterator[Frame | Ended]:
        try:
            while True:
                yield self._made.get_nowait()
        except queue.Empty:
            return

    def _produce(self, name: str, make: Callable[[Put], None]) -> None:
        error: BaseException | None = None
        try:
            make(self._put)
        except BaseException as raised:  # whoever reads the queue must hear of every error
            error = raised
        self._heard.pop(name, None)
        self._made.put(Ended(name, error))
        self._urgent.set()

    def _pull(self, key: str, lane: RunningLane, put: Put) -> None:
        if self._stopped.is_set():
            return
        self._heard[key] = (0.0, time.monotonic())
        with closing([lane.frames]):
            for frame in lane.frames:
                if self._stopped.is_set():
                    return
                self._heard[key] = (frame.t_ms, time.monotonic())
                put(frame)

    def _put(self, frame: Frame) -> None:
        self._made.put(frame)
        if frame.phase == "final":
            self._urgent.set()
