"""Detects times in which a lane's clock ran but its thread did not, because other programs had the processor.

Linux counts how long each thread was ready to run without a core (/proc/thread-self/schedstat, the second number, in
nanoseconds). Other systems do not, and there nothing is reported.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

SCHEDSTAT = Path("/proc/thread-self/schedstat")
DISTURBED = (
    0.1  # share of a lane's clock from which its time is not a fair reading: twice the difference that counts as a tie
)
SHORTEST_MS = 5.0  # a shorter pause is a tick of the timer


def waited_ms() -> float:
    """Milliseconds for which the calling thread has waited for a core since it started; 0 on systems that do not
    count."""
    try:
        return int(SCHEDSTAT.read_text(encoding="ascii").split()[1]) / 1e6
    except (OSError, ValueError, IndexError):
        return 0.0


def disturbance(paused_ms: Mapping[str, float], clock_ms: Mapping[str, float], titles: Mapping[str, str]) -> str:
    """A warning about pauses within the lanes' clocks, in two sentences; empty if they hardly matter. All by key of
    lane."""
    worst = max(paused_ms, key=lambda key: paused_ms[key] / max(clock_ms[key], 1e-9), default=None)
    if worst is None or paused_ms[worst] < max(SHORTEST_MS, DISTURBED * clock_ms[worst]):
        return ""
    return (
        f"Other programs had the processor for {paused_ms[worst]:,.0f} of {titles[worst]}'s {clock_ms[worst]:,.0f} ms, so these "
        "times are not a fair reading. Run it again."
    )
