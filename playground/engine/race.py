"""The fair race: always advance the lane whose clock shows the least time.

All lanes share one device. Each lane is an iterator whose ``next()`` runs exactly one timed forward pass, so no lane's
clock counts the work of another. The result is the order of frames that lanes on devices of their own would give.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping

from playground.engine.closing import closing
from playground.trace.trace import Frame


def race(
    lanes: Mapping[str, Iterator[Frame]], stopped: Callable[[], bool] = lambda: False
) -> Generator[Frame, None, None]:
    """Yield frame 0 of every lane, then all other frames in order of their lane's clock at the start of the pass.

    Lanes with equal clocks take turns in the order of ``lanes``. ``stopped`` is called before each pass. If it returns
    True, or if this generator is closed, every lane is closed.
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
