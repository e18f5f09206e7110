"""What a revision rule is: what it does at each place of the loop in fill.py, and after it.

A rule is a small frozen object that holds the number which tunes it. To add one, write it in a file of its own, with its paper's
words; name it in revise.REVISING; and give it a record of the same name in rules.REVISIONS. Nothing else knows a rule by its name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch

from playground.samplers.choice import Choice
from playground.samplers.diffusion.commit import View
from playground.samplers.diffusion.fill import fill
from playground.samplers.diffusion.predict import Predictor
from playground.samplers.diffusion.schedule import Schedule
from playground.samplers.diffusion.state import SamplerState
from playground.samplers.passes import Pass


@dataclass(frozen=True)
class Revision:
    """Revises nothing: what is committed stays, as in LLaDA (2502.09992). A rule overrides what it does otherwise.

    level: the number that tunes the rule, None where it has none; looks_back: whether it asks about settled positions while
    others are open; remembers: whether it reads ``View.settled_probability``, which is then kept up to date.
    """

    level: float | None = None
    looks_back: ClassVar[bool] = False
    remembers: ClassVar[bool] = False

    def fill(self, run: SamplerState) -> Iterator[Pass]:
        """The first stage: settle every open position."""
        return fill(run)

    def targets(self, pace: Callable[[int, int], list[int]], total: int, passes: int) -> list[int]:
        """How many of a block's ``total`` open positions should be settled after each pass. pace: the commit rule's own."""
        return pace(total, passes)

    def doubting_passes(self, targets: Sequence[int]) -> int:
        """How many of a block's first passes there are in or before which the rule may take back what is settled there. Nothing
        is masked again in the last pass."""
        return len(targets) - 1 if self.looks_back else 0

    def look(
        self, predict: Predictor, ids: torch.Tensor, at: torch.Tensor, temperature: float
    ) -> tuple[Choice, torch.Tensor | None]:
        """One forward pass: the choice at positions int64 [n], and ``View.unseen``, float32 [n], where the rule asks for it."""
        return predict(ids, at, temperature), None

    def remask(self, view: View, schedule: Schedule) -> torch.Tensor:
        """Settled positions that are masked again, to be filled anew. Bool [n]."""
        return view.nothing

    def limit(self, view: View, remasked: torch.Tensor, committed: torch.Tensor) -> torch.Tensor:
        """Which of ``remasked`` a run may afford whose commit rule takes as many passes as it needs. All three bool [n]."""
        return remasked

    def replace(self, view: View) -> tuple[torch.Tensor, torch.Tensor]:
        """Settled positions that get another token while others are open, bool [n], and those tokens, int64 [n]."""
        return view.nothing, view.ids

    def finish(self, run: SamplerState) -> Iterator[Pass]:
        """The second stage, of a rule whose record has passes for ``finishing``: mend the full text, all of it before its end."""
        return iter(())
