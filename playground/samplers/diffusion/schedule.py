"""The progress of a block, as a revision rule sees it in one pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Schedule:
    """The targets of one pass, as shares of the block's positions that may change."""

    before: float  # share that should be settled before the pass (ReMDM's a_t)
    after: float  # share that should be settled after the pass (a_s)
    held: bool = False  # whether the two targets are equal, as in the middle of ReMDM-loop

    @classmethod
    def of(cls, targets: Sequence[int], i: int, given: int = 0) -> Schedule:
        """The schedule of pass i, counted from 0, in a block with these targets. given: further positions of the block
        that were settled before its first pass and may be remasked as well."""
        before, total = targets[i - 1] if i else 0, max(1, given + targets[-1])
        return cls((given + before) / total, (given + targets[i]) / total, held=before == targets[i])

    @property
    def largest_chance(self) -> float:
        """sigma_max = min(1, (1 - a_s) / a_t): if more were remasked, later passes could not fill it (2503.00307, eq.
        5)."""
        return min(1.0, (1 - self.after) / self.before) if self.before > 0 else 1.0
