"""A sequence under way: its ids on the device, and on the host what the passes have made of them so far."""

from __future__ import annotations

import torch

from playground.samplers.canvas import Canvas, end_of_text
from playground.samplers.passes import NO_WORK, Guess, Outcome, Pass, Standing, Work


class Sequence:
    """ids int64 and unsettled bool, both [length], on the device. The host's mirror, ``open`` among it, is fed by the one copy of
    each pass, so reading it costs nothing."""

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
        """What a pass decided, on the device: ids and whether they may still change, at positions int64 [n]."""
        self.ids[positions], self.unsettled[positions] = ids, unsettled

    def take(self, outcomes: list[Outcome], renoised: bool = False) -> bool:
        """Read what a pass decided; whether any id changed. renoised: an open position holds new noise."""
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

    def end_of_text(self, end: int) -> int | None:
        """Where the text is over as it stands, see ``canvas.end_of_text``."""
        return end_of_text(self._host_ids, self._start, self.open, self._last_pinned, end)

    def passed(self, ms: float, outcomes: list[Outcome], work: Work, last: bool) -> Pass:
        """The pass whose outcomes were taken. Once the lane has ended, nothing in its text is noise any more: what stands was
        accepted. What is open then stands after the end of the text."""
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
