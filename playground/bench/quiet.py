"""Repeats measurements that other processes disturbed, and reports how much disturbance remains.

Linux counts the busy time of its processors (/proc/stat, proc(5)) and the time of each process. The difference during
a measurement, as a share of all processors' time, is what other processes took. On other systems the share is
unknown, and nothing is repeated.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

STAT = Path("/proc/stat")
# Columns after the name: idle, and waiting for a disk. All others are busy time, also that of other virtual machines.
IDLE = (
    3,
    4,
)
COLUMNS = 8  # the columns after these are guests' time, which the first ones already include
# Share of all processors' time from which a measurement counts as disturbed. It exceeds the resolution of the counters:
# two ticks of 10 ms in a third of a second on two processors are 0.03.
DISTURBED = 0.06
TRIES, PAUSE_S = 8, 0.7
Result = TypeVar("Result")


def busy_s() -> float | None:
    """Busy seconds of all processors together since the machine started; None if the system does not count them."""
    try:
        counts = [int(part) for part in STAT.read_text(encoding="ascii").split("\n", 1)[0].split()[1 : 1 + COLUMNS]]
    except (OSError, ValueError):
        return None
    return (sum(counts) - sum(counts[at] for at in IDLE)) / os.sysconf("SC_CLK_TCK")


class Watch:
    """Repeats disturbed measurements for at most ``patience_s`` seconds in all; after that it accepts every result."""

    def __init__(self, patience_s: float = 60.0) -> None:
        self._left_s, self._theirs_s, self._all_s = patience_s, 0.0, 0.0

    @property
    def others(self) -> float | None:
        """The share of the processors' time that other processes took during the accepted measurements so far; None if
        there was none."""
        return round(self._theirs_s / self._all_s, 4) if self._all_s else None

    def steady(self, measure: Callable[[], Result], prepare: Callable[[], object] = lambda: None) -> Result:
        """The result of the first undisturbed try, or of the least disturbed one of a few. ``prepare`` is called before
        every try and is not watched."""
        best: tuple[float, float, Result] | None = None
        for _ in range(TRIES):
            began = time.monotonic()
            prepare()
            share, seconds, result = _watched(measure)
            if best is None or share < best[0]:
                best = (share, seconds, result)
            if share <= DISTURBED or self._left_s <= 0:
                break
            time.sleep(PAUSE_S)
            self._left_s -= time.monotonic() - began
        assert best is not None, "there is a first try"
        share, seconds, result = best
        self._theirs_s += share * seconds
        self._all_s += seconds
        return result


def _watched(measure: Callable[[], Result]) -> tuple[float, float, Result]:
    """(share of all processors' time that other processes took, seconds, result) of one measurement."""
    busy, own, began = busy_s(), time.process_time(), time.perf_counter()
    result = measure()
    seconds = time.perf_counter() - began
    after = busy_s()
    if busy is None or after is None or seconds <= 0:
        return 0.0, seconds, result
    theirs = after - busy - (time.process_time() - own)
    return max(0.0, theirs) / (seconds * (os.cpu_count() or 1)), seconds, result
