"""The sequence during a run: the ids on the device, and a copy on the host."""

from __future__ import annotations

from collections.abc import Collection

import torch

from playground.samplers.canvas import Canvas, end_of_text
from playground.samplers.passes import NO_WORK, Guess, Outcome, Pass, Standing, Work


class Sequence:
    """A sequence during a run.

    On the device: ids int64, unsettled bool and settled_probability float32, all [length]. On the host: a copy of the
    ids, the ``open`` positions and more. The host side is updated from the single copy that each pass makes, so
    reading it never waits for the device.
    """

    def __init__(self, canvas: Canvas, mask: int, device: torch.device):
        self.ids = torch.tensor(canvas.ids, device=device)
        self.settled_probability = torch.ones(len(canvas.ids), device=device)
        self.unsettled = torch.tensor([at in canvas.open for at in range(len(canvas.ids))], device=device)
        self.open = set(canvas.open)
        self._start, self._pinned, self._mask = canvas.start, canvas.pinned, mask
        self._last_pinned = max(canvas.pinned, default=-1)
        self._host_ids = list(canvas.ids)
        self._noise = {at for at in canvas.open | canvas.hidden if canvas.ids[at] != mask}
        self._made = 0

    def start(self) -> Pass:
        """Frame 0: no pass."""
        return self._pass(0.0, (), NO_WORK, last=False)

    def write(self, positions: torch.Tensor, ids: torch.Tensor, unsettled: torch.Tensor) -> None:
        """Write what a pass decided, on the device: ids int64 [n] and unsettled bool [n] at positions int64 [n]."""
        self.ids[positions], self.unsettled[positions] = ids, unsettled

    def take(self, outcomes: list[Outcome], renoised: bool = False) -> bool:
        """Update the host side from the outcomes of a pass. Returns whether any id changed. renoised: the pass has
        put new noise into the open positions."""
        changed = False
        for outcome in outcomes:
            at, settled = outcome.guess.position, outcome.standing is Standing.SETTLED
            (self.open.discard if settled else self.open.add)(at)
            if renoised or outcome.id != self._host_ids[at] or outcome.guess.committed:
                self._noise.discard(at)
            if renoised and outcome.standing is Standing.OPEN and outcome.id != self._mask:
                self._noise.add(at)
            changed = changed or outcome.id != self._host_ids[at]
            self._host_ids[at] = outcome.id
        return changed

    def end_of_text(self, ends: Collection[int]) -> int | None:
        """The position at which the text ends now, see ``canvas.end_of_text``. ends: ids of the end tokens."""
        return end_of_text(self._host_ids, self._start, self.open, self._last_pinned, ends)

    def passed(self, ms: float, outcomes: list[Outcome], work: Work, last: bool) -> Pass:
        """The Pass whose outcomes ``take`` has just read. In the last one no settled token counts as noise any more,
        because the sampler has accepted it; positions that are still open are after the end of the text."""
        self._made += 1
        if last:
            self._noise &= self.open
        return self._pass(ms, tuple(outcome.guess for outcome in outcomes), work, last)

    def _pass(self, ms: float, guesses: tuple[Guess, ...], work: Work, last: bool) -> Pass:
        return Pass(
            self._made,
            ms,
            tuple(self._host_ids),
            guesses,
            frozenset(self.open),
            last,
            frozenset(self._noise),
            self._pinned,
            work,
            frozenset(self.open if last else ()),
        )
