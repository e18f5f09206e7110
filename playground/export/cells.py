"""The cells of a lane at a given time, for pictures; they are the same as on the stage."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace

from playground.trace.ends import end_of
from playground.trace.events import is_news
from playground.trace.next_turn import next_turn
from playground.trace.served import faults_of, places
from playground.trace.trace import Change, Frame, Lane, Trace


class LaneAt:
    """The state of one lane at a time, from its frames. Times must be requested in ascending order."""

    def __init__(self, trace: Trace, lane: Lane):
        self.lane = replace(lane, length=places(trace, lane))
        self.fault = faults_of(trace).get(lane.key, "")  # why it failed, in a sentence
        self.frames: Sequence[Frame] = trace.frames_of(lane.key)
        self.times = [frame.t_ms for frame in self.frames]
        self._cells: dict[int, Change] = {}
        self._applied = 0

    def go(self, t_ms: float) -> None:
        """Advance to a time (ms on the run's clock). ``fresh`` is then the set of positions that changed since the last
        call."""
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
        """The latest frame at this time; None before the first."""
        return self.frames[self._applied - 1] if self._applied else None

    @property
    def at_end(self) -> bool:
        """Whether this is the lane's last frame."""
        return self._applied == len(self.frames)

    @property
    def cells(self) -> list[Change | None]:
        """The cells after the prompt, in order; None for a cell that no frame has set yet."""
        return [self._cells.get(self.lane.prompt + at) for at in range(self.lane.length)]

    @property
    def end(self) -> int:
        """The index among the cells at which the text ends, or the length if it does not."""
        return end_of(self._cells, self.lane) - self.lane.prompt

    @property
    def over(self) -> int:
        """The index among the cells at which the reply is over: at its end token, or where the next turn begins."""
        held = [self._cells.get(at) for at in range(self.lane.prompt + self.lane.length)]
        return min(self.end, next_turn(held, self.lane.prompt) - self.lane.prompt)
