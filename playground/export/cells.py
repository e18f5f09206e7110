"""A lane's slots at a time, for pictures: the same cells as the stage shows."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from playground.trace.events import is_news
from playground.trace.trace import SETTLED, Change, Frame, Lane, Trace


class LaneAt:
    """Walks through the frames of one lane; ask for times in rising order."""

    def __init__(self, trace: Trace, lane: Lane):
        self.lane = lane
        self.frames: Sequence[Frame] = trace.frames_of(lane.key)
        self.times = [frame.t_ms for frame in self.frames]
        self._cells: dict[int, Change] = {}
        self._applied = 0

    def go(self, t_ms: float) -> None:
        """Show what the lane held at a time."""
        upto = bisect_right(self.times, t_ms + 1e-6)
        self.fresh: set[int] = set()
        for frame in self.frames[self._applied : upto]:
            for change in frame.changes:
                if frame.i and is_news(self._cells.get(change.position), change):
                    self.fresh.add(change.position)
                self._cells[change.position] = change
        self._applied = max(self._applied, upto)

    @property
    def frame(self) -> Frame | None:
        return self.frames[self._applied - 1] if self._applied else None

    @property
    def cells(self) -> list[Change | None]:
        """What stands behind the prompt, by place."""
        return [self._cells.get(self.lane.prompt + at) for at in range(self.lane.length)]

    @property
    def end(self) -> int:
        """The place of the first settled end token, or the length."""
        end = self.lane.about.get("end_id")
        return next(
            (at for at, cell in enumerate(self.cells) if cell and cell.state in SETTLED and cell.id == end),
            self.lane.length,
        )
