"""The total cost of a lane's passes, added up pass by pass. No lane's clock runs during this work."""

from __future__ import annotations

from collections.abc import Iterator

from playground.device.pauses import waited_ms
from playground.engine.closing import closing
from playground.metrics.cost import Cost, DecoderShape, pass_cost
from playground.samplers.passes import Pass

NO_COST = Cost()


class Tally:
    """Running totals over the passes that are read through ``count``. shape: of the lane's model; before: what the
    first pass costs besides.

    shape: as given.
    total: operations and bytes.
    paused_ms: time in ms for which the thread had no processor core during the passes.
    read_cache: whether any pass attended to more positions than it computed.
    read_after: whether any pass attended to cached positions after those that it computed.
    let_more: whether any pass settled more positions than the limit on passes made it settle.
    filled: whether any pass settled a position.
    left_open: whether any pass guessed a position and left it open.
    revised: whether any pass changed the token of a position that was not open, noise that the sampler does not know
        of included, or opened one.
    swayed: number of guesses whose likeliest id guidance changed.
    """

    def __init__(self, shape: DecoderShape, before: Cost = NO_COST) -> None:
        self.shape, self._before, self.total, self.paused_ms = shape, before, Cost(), 0.0
        self.read_cache = self.read_after = self.let_more = self.filled = self.left_open = False
        self.revised = False
        self.swayed = 0
        self._last: Pass | None = None  # the pass before

    def count(self, passes: Iterator[Pass]) -> Iterator[Pass]:
        """Yield the same passes and add each to the totals. Closing this closes ``passes``."""
        with closing([passes]):
            while True:
                before = waited_ms()
                if (step := next(passes, None)) is None:
                    return
                self.paused_ms += waited_ms() - before
                work = step.work
                if work.rows:
                    self.total += pass_cost(self.shape, work.queries, work.keys, work.head, work.rows) + self._before
                    self._before = NO_COST
                    self._note(step)
                self._last = step
                yield step

    def _note(self, step: Pass) -> None:
        self.read_cache |= step.work.queries < step.work.keys
        self.read_after |= step.work.after > 0
        self.let_more |= sum(guess.committed for guess in step.guesses) > step.owed
        self.filled |= any(guess.committed for guess in step.guesses)
        self.left_open |= any(guess.position in step.open for guess in step.guesses)
        self.swayed += sum(guess.swayed for guess in step.guesses)
        self.revised |= self._last is not None and revises(self._last, step)


def revises(before: Pass, after: Pass) -> bool:
    """Whether a pass opened a position that was not open, or changed its token. An end that end_text.py put is no change
    of the model's."""
    if after.open - before.open:
        return True
    pairs = enumerate(zip(before.ids, after.ids))
    return any(old != new and at not in before.open and at != after.put_end for at, (old, new) in pairs)
