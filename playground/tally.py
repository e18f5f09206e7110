"""What the passes of a lane take together, added up as they go by and outside every clock."""
from __future__ import annotations

from typing import Iterator

from playground.cost import Cost, DecoderShape, pass_cost
from playground.passes import Pass


class Tally:
    """``total`` grows with every pass that is read through ``count``. shape: of the lane's model."""

    def __init__(self, shape: DecoderShape) -> None:
        self._shape, self.total = shape, Cost()

    def count(self, passes: Iterator[Pass]) -> Iterator[Pass]:
        """The same passes; closing this closes them."""
        try:
            for step in passes:
                work = step.work
                if work.rows:
                    self.total += pass_cost(self._shape, work.queries, work.keys, work.head, work.rows)
                yield step
        finally:
            if close := getattr(passes, "close", None):
                close()
