"""When the positions of a lane settle and how often they change their mind: read off its frames alone.

commit: an open position becomes settled; remask: a settled one becomes open again; replacement: a position is settled with
another token than when it was last settled, with or without a remask between. A position whose token is taken back and
then written anew with another one so counts as two commits, one remask and one replacement. Prompt, pins and whatever
frame 0 holds were given, not written: none of them is a commit, and a pin that is lifted is no remask.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from playground.trace.trace import SETTLED, Change, Frame

GIVEN = frozenset({"prompt", "pinned"})  # settled, but not by the model


def is_news(before: Change | None, change: Change) -> bool:
    """Whether a change settles a position or settles another token there, and is more than another confidence."""
    return change.state in SETTLED and not (before and before.state in SETTLED and before.id == change.id)


class Arrival(NamedTuple):
    """A pass that committed at least one position: the lane's clock after it, and how many it committed."""

    t_ms: float
    tokens: int


@dataclass(frozen=True)
class Settling:
    """commits, remasks, replacements: counts over all passes; arrivals: passes that committed anything, in order; held_ms:
    for every position that holds a token which a pass wrote, the clock after that pass."""

    commits: int
    remasks: int
    replacements: int
    arrivals: tuple[Arrival, ...]
    held_ms: Mapping[int, float]

    def gaps_ms(self) -> list[float]:
        """Time between neighbouring arrivals, one per arrival but the first."""
        return [after.t_ms - before.t_ms for before, after in zip(self.arrivals, self.arrivals[1:])]


def settling(frames: Sequence[Frame]) -> Settling:
    """Count over one lane's frames."""
    commits = remasks = replacements = 0
    arrivals: list[Arrival] = []
    settled: set[int] = set()
    held: dict[int, int] = {}  # the token each position was last settled with by the model, kept while it is open again
    held_ms: dict[int, float] = {}
    for frame in frames:
        arrived = 0
        for at, _, _, state, token in frame.changes:
            was_settled = at in settled
            if state in GIVEN:
                settled.add(at)
                held.pop(at, None)
                held_ms.pop(at, None)
            elif state in SETTLED:
                settled.add(at)
                replaced = held.get(at, token) != token
                replacements += replaced
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
