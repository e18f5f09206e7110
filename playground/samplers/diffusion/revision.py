"""The interface of a revision rule: what it does at each step of the loop in fill.py, and after the loop.

A rule is a small frozen object that holds the number that tunes it. To add a rule, write it in its own file, in the
words of its paper; add it to revise.REVISING; and add a record with the same key to rules.REVISIONS. No other module
knows a rule by its name.
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
    """The rule that revises nothing: what is committed stays, as in LLaDA (2502.09992). Other rules override its
    methods."""

    level: float | None = None  # the number that tunes the rule, None if it has none
    looks_back: ClassVar[bool] = False  # whether it needs predictions of settled positions while others are open
    remembers: ClassVar[bool] = False  # whether it reads View.settled_probability, which is then kept up to date

    def fill(self, run: SamplerState) -> Iterator[Pass]:
        """The first stage: settle every open position."""
        return fill(run)

    def targets(self, pace: Callable[[int, int], list[int]], total: int, passes: int) -> list[int]:
        """How many of a block's ``total`` open positions should be settled after each pass. pace: the schedule of the
        commit rule, a function of blocks.py."""
        return pace(total, passes)

    def doubting_passes(self, targets: Sequence[int]) -> int:
        """The number of passes, from a block's first, after which the rule no longer remasks or replaces tokens of
        the block. Nothing is remasked in the last pass."""
        return len(targets) - 1 if self.looks_back else 0

    def look(
        self, predict: Predictor, ids: torch.Tensor, at: torch.Tensor, temperature: float
    ) -> tuple[Choice, torch.Tensor | None]:
        """One forward pass over ids, int64 [length]: the choice at positions ``at``, int64 [n], and ``View.unseen``,
        float32 [n], for a rule that needs it."""
        return predict(ids, at, temperature), None

    def remask(self, view: View, schedule: Schedule) -> torch.Tensor:
        """The settled positions to remask, bool [n]. Later passes fill them again."""
        return view.nothing

    def limit(self, view: View, remasked: torch.Tensor, committed: torch.Tensor) -> torch.Tensor:
        """Which of the positions ``remasked`` are remasked after all, given those ``committed``. All three are bool
        [n]. Called only with a commit rule that takes as many passes as it needs, which might otherwise never end."""
        return remasked

    def replace(self, view: View) -> tuple[torch.Tensor, torch.Tensor]:
        """The settled positions to replace while others are open, bool [n], and their new tokens, int64 [n]."""
        return view.nothing, view.ids

    def finish(self, run: SamplerState) -> Iterator[Pass]:
        """The second stage: correct the full text, up to its end. Only rules whose record has ``finishing`` passes
        have one."""
        return iter(())
