"""When the positions of a lane settle, and how often a settled token changes. Computed from the lane's frames alone.

Three events are counted::

    commit       an open position becomes settled
    remask       a settled position becomes open again
    replacement  a position settles with another token than the last time it settled, with or without a remask between;
                 an end that was put for the model is none, see is_put_end

A token that is remasked and then filled with another token therefore counts as two commits, one remask and one
replacement. The prompt, the pins and the tokens of frame 0 are given, not written: they are not commits, and lifting
a pin is not a remask. Nor is it a commit where noise that stands in a given text as a token is accepted as it is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from playground.trace.ends import ends_of
from playground.trace.trace import SETTLED, Change, Frame, Lane

GIVEN = frozenset({"prompt", "pinned"})  # settled, but not by the model


def untouched(before: Change | None, cell: Change, lane: Lane) -> bool:
    """Whether a settled cell holds what frame 0 held there, ``before``, so that no pass wrote it: a settled token, or
    noise that stood there as text."""
    settled = before is not None and before.state in SETTLED and before.id == cell.id
    return settled or untouched_noise(before, cell, lane)


def untouched_noise(before: Change | None, cell: Change, lane: Lane) -> bool:
    """Whether a settled cell holds the noise of frame 0, ``before``, in a lane that mends a given text. Noise that is no
    mask is text to such a lane until a pass changes it."""
    if before is None or not lane.about.get("share"):
        return False
    return before.state == "noise" and before.id == cell.id


def is_news(before: Change | None, change: Change) -> bool:
    """Whether a change settles a position, or puts another token into a settled one. A new confidence alone does
    not count."""
    return change.state in SETTLED and not (before and before.state in SETTLED and before.id == change.id)


def is_put_end(was_settled: bool, change: Change, ends: Collection[int]) -> bool:
    """Whether a change puts an end token in the place of a settled token and calls it committed, not revised: the model
    wrote the end of its reply in other tokens (engine/end_text.py). was_settled: whether the position held a settled
    token; ends: ids of the lane's end tokens."""
    return was_settled and change.state == "committed" and change.id in ends


class Arrival(NamedTuple):
    """A pass that committed at least one position."""

    t_ms: float  # the lane's clock after the pass
    tokens: int  # how many positions it committed


@dataclass(frozen=True)
class Settling:
    """The events of one lane. Counts are over all passes."""

    commits: int
    remasks: int
    replacements: int
    arrivals: tuple[Arrival, ...]  # in order
    held_ms: Mapping[int, float]  # position -> the lane's clock after the pass that wrote its present token

    def gaps_ms(self) -> list[float]:
        """Milliseconds from each arrival to the next."""
        return [after.t_ms - before.t_ms for before, after in zip(self.arrivals, self.arrivals[1:])]


def settling(frames: Sequence[Frame], lane: Lane) -> Settling:
    """Count the events of one lane. frames: all of its frames, in order, frame 0 first."""
    commits = remasks = replacements = 0
    start = {change.position: change for frame in frames[:1] for change in frame.changes}
    ends, arrivals = ends_of(lane), list[Arrival]()
    settled: set[int] = set()
    held: dict[int, int] = {}  # position -> the token that the model last settled there, kept after a remask
    held_ms: dict[int, float] = {}
    for frame in frames:
        arrived = 0
        for change in frame.changes:
            at, _, _, state, token = change
            was_settled = at in settled
            if state in GIVEN:
                settled.add(at)
                held.pop(at, None)
                held_ms.pop(at, None)
            elif state in SETTLED and at not in held and untouched_noise(start.get(at), change, lane):
                settled.add(at)
            elif state in SETTLED:
                settled.add(at)
                replaced = held.get(at, token) != token
                replacements += replaced and not is_put_end(was_settled, change, ends)
                arrived += not was_settled
                if frame.i and (replaced or not was_settled):
                    held_ms[at] = frame.t_ms
                held[at] = token
            elif was_settled:
                settled.discard(at)
                remasks += at in held
                held_ms.pop(at, None)
        if arrived and frame.i:
            commits += arrived
            arrivals.append(Arrival(frame.t_ms, arrived))
    return Settling(commits, remasks, replacements, tuple(arrivals), held_ms)
