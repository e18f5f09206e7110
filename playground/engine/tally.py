"""What the passes of a lane take together, added up as they go by and outside every clock."""

from __future__ import annotations

from collections.abc import Iterator

from playground.device.pauses import waited_ms
from playground.engine.closing import closing
from playground.metrics.cost import Cost, DecoderShape, pass_cost
from playground.samplers.passes import Pass


class Tally:
    """``total`` grows with every pass that is read through ``count``, and ``paused_ms`` by how long its thread had no core meanwhile.
    shape: of the lane's model.

    read_cache: whether a pass attended to more positions than it computed; filled, left_open: whether a pass settled an open position,
    and whether one left a position open that it had a guess for; swayed: how many guesses guidance changed.
    """

    def __init__(self, shape: DecoderShape) -> None:
        self._shape, self.total, self.paused_ms = shape, Cost(), 0.0
        self.read_cache = self.filled = self.left_open = False
        self.swayed = 0

    def count(self, passes: Iterator[Pass]) -> Iterator[Pass]:
        """The same passes; closing this closes them."""
        with closing([passes]):
            while True:
                before = waited_ms()
                if (step := next(passes, None)) is None:
                    return
                self.paused_ms += waited_ms() - before
                work = step.work
                if work.rows:
                    self.total += pass_cost(self._shape, work.queries, work.keys, work.head, work.rows)
                    self._note(step)
                yield step

    def _note(self, step: Pass) -> None:
        self.read_cache |= step.work.queries < step.work.keys
        self.filled |= any(guess.committed for guess in step.guesses)
        self.left_open |= any(guess.position in step.open for guess in step.guesses)
        self.swayed += sum(guess.swayed for guess in step.guesses)
