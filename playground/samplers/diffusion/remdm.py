"""ReMDM (2503.00307): while the text fills, each settled token is remasked with probability sigma.

The paper has four ways to choose sigma, all at most sigma_max (Schedule.largest_chance).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from playground.samplers.diffusion.blocks import loop_targets
from playground.samplers.diffusion.commit import View
from playground.samplers.diffusion.revision import Revision
from playground.samplers.diffusion.schedule import Schedule


@dataclass(frozen=True)
class Remdm(Revision, ABC):
    """What the four ways share: remasking at random. level: the number that tunes sigma."""

    looks_back = True

    @abstractmethod
    def sigma(self, view: View, schedule: Schedule) -> float | torch.Tensor:
        """The probability with which each settled position is remasked: one number, or float [n]."""

    def remask(self, view: View, schedule: Schedule) -> torch.Tensor:
        chance = self.sigma(view, schedule)
        return ~view.open & (torch.rand(view.open.shape, generator=view.generator, device=view.open.device) < chance)


@dataclass(frozen=True)
class Cap(Remdm):
    """ReMDM-cap (sec. 4.1): sigma = min(level, sigma_max)."""

    def sigma(self, view: View, schedule: Schedule) -> float:
        return min(self.level, schedule.largest_chance)


@dataclass(frozen=True)
class Rescale(Remdm):
    """ReMDM-rescale (sec. 4.1): sigma = level * sigma_max."""

    def sigma(self, view: View, schedule: Schedule) -> float:
        return self.level * schedule.largest_chance


@dataclass(frozen=True)
class Confidence(Remdm):
    """ReMDM-conf (sec. 4.1): sigma = level * sigma_max * softmax(-psi), with psi the probability that each settled
    token had when it settled. The softmax sums to 1, so on average at most one token per pass is remasked."""

    remembers = True

    def sigma(self, view: View, schedule: Schedule) -> torch.Tensor:
        weights = torch.softmax((-view.settled_probability).where(~view.open, -torch.inf), 0).nan_to_num(0.0)
        return self.level * schedule.largest_chance * weights


@dataclass(frozen=True)
class Loop(Remdm):
    """ReMDM-loop (sec. 4.2): sigma = min(level, sigma_max) in the passes whose target does not grow, else 0."""

    def sigma(self, view: View, schedule: Schedule) -> float:
        return min(self.level, schedule.largest_chance) if schedule.held else 0.0

    def targets(self, pace: Callable[[int, int], list[int]], total: int, passes: int) -> list[int]:
        return loop_targets(total, passes)

    def doubting_passes(self, targets: Sequence[int]) -> int:
        """Up to the last pass whose target does not grow, see Revision.doubting_passes."""
        return max((i + 1 for i in range(1, len(targets) - 1) if targets[i] == targets[i - 1]), default=0)
