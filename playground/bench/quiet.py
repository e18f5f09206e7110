"""Measurements on a machine that others use too: what was disturbed is measured again, and how much disturbance is left is told.

Linux counts the time its processors were busy (/proc/stat, proc(5)) and the time each process took; the difference over a measurement,
as a share of all processors' time, is what other processes took. Elsewhere nothing is known, and nothing is repeated.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

STAT = Path("/proc/stat")
IDLE = (
    3,
    4,
)  # columns behind the name: idle, and waiting for a disk; all others are somebody's, a neighbour machine's included
COLUMNS = 8  # behind them the guests' time, which is counted before already
DISTURBED = 0.06  # of all processors' time; two ticks of a hundredth of a second in a third of a second on one of two
TRIES, PAUSE_S = 8, 0.7
Result = TypeVar("Result")


def busy_s() -> float | None:
    """Seconds that all processors together have been busy since the machine started; None where nobody counts them."""
    try:
        counts = [int(part) for part in STAT.read_text(encoding="ascii").split("\n", 1)[0].split()[1 : 1 + COLUMNS]]
    except (OSError, ValueError):
        return None
    return (sum(counts) - sum(counts[at] for at in IDLE)) / os.sysconf("SC_CLK_TCK")


class Watch:
    """Repeats what was disturbed, for at most ``patience_s`` in all; then takes what comes. others: share of the processors' time
    that other processes took during the measurements that count, so far."""

    def __init__(self, patience_s: float = 60.0) -> None:
        self._left_s, self._theirs_s, self._all_s = patience_s, 0.0, 0.0

    @property
    def others(self) -> float | None:
        """None where nothing was measured or nothing is known."""
        return round(self._theirs_s / self._all_s, 4) if self._all_s else None

    def steady(self, measure: Callable[[], Result], prepare: Callable[[], object] = lambda: None) -> Result:
        """The result of the least disturbed of a few tries, or of the first that was not disturbed. prepare: done before every
        try, and not watched."""
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
    """(share of all processors' time that others took, seconds, the result)."""
    busy, own, began = busy_s(), time.process_time(), time.perf_counter()
    result = measure()
    seconds = time.perf_counter() - began
    after = busy_s()
    if busy is None or after is None or seconds <= 0:
        return 0.0, seconds, result
    theirs = after - busy - (time.process_time() - own)
    return max(0.0, theirs) / (seconds * (os.cpu_count() or 1)), seconds, result
