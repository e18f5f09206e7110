"""The ids that a lane must not choose, on its device."""

from __future__ import annotations

import torch

from playground.decoders.special_ids import SpecialIds
from playground.samplers.choice import BARRED


class Barred:
    """The barred ids of one lane, copied to the device once, so that a pass copies nothing.

    always: int64 [k], ids that no position may hold; without_end: these and the ends, for a position at which the text
    cannot end. bar_end: whether that is so everywhere.
    """

    def __init__(self, special: SpecialIds, device: torch.device, bar_end: bool = False) -> None:
        never, ends = special.barred, special.ends
        self.without_end = torch.tensor([*never, *ends], dtype=torch.long, device=device)
        self.always = self.without_end if bar_end else self.without_end[: len(never)]
        self._ends = self.without_end[len(never) :]

    def ends_before(self, logits: torch.Tensor, at: torch.Tensor, position: int) -> torch.Tensor:
        """Logits [n, vocabulary] of positions ``at``, int64 [n], with the ends barred before ``position``, a pin that the
        text must reach; -1 for none."""
        if position < 0:
            return logits
        columns = torch.zeros(logits.shape[1], dtype=torch.bool, device=logits.device)
        return logits.masked_fill((at < position)[:, None] & columns.index_fill_(0, self._ends, True), BARRED)
