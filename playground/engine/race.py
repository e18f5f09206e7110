"""The fair race: of several lanes, always advance the one whose own clock is behind.

Lanes share one device. Each lane is an iterator whose ``next()`` is exactly one timed forward pass, so neither clock
holds any work of the other, and frames come out in common-clock order: live on screen, and as if each lane had the
device to itself.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping

from playground.engine.closing import closing
from playground.trace.trace import Frame


def race(
    lanes: Mapping[str, Iterator[Frame]], stopped: Callable[[], bool] = lambda: False
) -> Generator[Frame, None, None]:
    """Yield every lane's frame 0, then frames in order of the clock at which their pass began.

    ``stopped`` is asked between any two passes; when it says yes, or this generator is closed, every lane is closed.
    A lane that is behind goes first; equal clocks keep the order of ``lanes``.
    """
    clocks: dict[str, float] = {}
    with closing(lanes.values()):
        for key, lane in lanes.items():
            if stopped():
                return
            yield next(lane)
            clocks[key] = 0.0
        while clocks and not stopped():
            behind = min(clocks, key=clocks.__getitem__)
            frame = next(lanes[behind], None)
            if frame is None:
                del clocks[behind]
                continue
            clocks[behind] = frame.t_ms
            yield frame
