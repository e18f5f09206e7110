"""What the passes of a lane take together, added up as they go by and outside every clock."""
from __future__ import annotations

from typing import Iterator

from playground.cost import Cost, DecoderShape, pass_cost
from playground.passes import Pass
from playground.pauses import waited_ms


class Tally:
    """``total`` grows with every pass that is read through ``count``, and ``paused_ms`` by how long its thread had no core meanwhile. shape: of
    the lane's model."""

    def __init__(self, shape: DecoderShape) -> None:
        self._shape, self.total, self.paused_ms = shape, Cost(), 0.0

    def count(self, passes: Iterator[Pass]) -> Iterator[Pass]:
        """The same passes; closing this closes them."""
        try:
            while True:
                before = waited_ms()
                if (step := next(passes, None)) is None:
                    return
                self.paused_ms += waited_ms() - before
                work = step.work
                if work.rows:
                    self.total += pass_cost(self._shape, work.queries, work.keys, work.head, work.rows)
                yield step
        finally:
            if close := getattr(passes, "close", None):
                close()
