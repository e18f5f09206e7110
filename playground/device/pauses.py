"""Whether a lane's clock ran while its thread did not: other programs had the processor.

Linux counts how long each thread was ready to run and had no core (/proc/thread-self/schedstat, its second number, in nanoseconds).
Elsewhere nobody knows, and nothing is said.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

SCHEDSTAT = Path("/proc/thread-self/schedstat")
DISTURBED = (
    0.1  # of a lane's clock, from which a reading is no longer fair: as much as the lanes may differ by a tie, twice
)
SHORTEST_MS = 5.0  # below that a pause is a timer's tick


def waited_ms() -> float:
    """Milliseconds that the calling thread has waited for a core since it began; 0 where nobody counts them."""
    try:
        return int(SCHEDSTAT.read_text(encoding="ascii").split()[1]) / 1e6
    except (OSError, ValueError, IndexError):
        return 0.0


def disturbance(paused_ms: Mapping[str, float], clock_ms: Mapping[str, float], titles: Mapping[str, str]) -> str:
    """What a reader should know of pauses inside the lanes' clocks, in a sentence or two; empty where they hardly count."""
    worst = max(paused_ms, key=lambda key: paused_ms[key] / max(clock_ms[key], 1e-9), default=None)
    if worst is None or paused_ms[worst] < max(SHORTEST_MS, DISTURBED * clock_ms[worst]):
        return ""
    return (
        f"Other programs had the processor for {paused_ms[worst]:,.0f} of {titles[worst]}'s {clock_ms[worst]:,.0f} ms, so these "
        "times are not a fair reading. Run it again."
    )
