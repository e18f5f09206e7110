"""Where a pass stands in its block, as a revision rule sees it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Schedule:
    """The share of a block's positions that should be settled before it (a_t) and after it (a_s), and
    whether the targets stand still (the middle of ReMDM's loop)."""

    before: float
    after: float
    held: bool = False

    @classmethod
    def of(cls, targets: Sequence[int], i: int) -> Schedule:
        """Of pass i, counted from 0, of a block with these targets."""
        before, total = targets[i - 1] if i else 0, max(1, targets[-1])
        return cls(before / total, targets[i] / total, held=before == targets[i])

    @property
    def largest_chance(self) -> float:
        """sigma_max = min(1, (1 - a_s) / a_t): more remasking than that could not be filled again (2503.00307, eq. 5)."""
        return min(1.0, (1 - self.after) / self.before) if self.before > 0 else 1.0
