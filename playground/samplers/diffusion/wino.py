"""WINO (2507.18578): draft many tokens per pass, and verify each with a shadow token that does not see it.

One thing differs from the authors' code. There the shadow tokens see each other; here those of one position see only
themselves and the sequence, so that the check of one token does not depend on which others are checked with it.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from playground.samplers.choice import Choice
from playground.samplers.diffusion.commit import View, highest
from playground.samplers.diffusion.predict import Predictor
from playground.samplers.diffusion.revision import Revision
from playground.samplers.diffusion.schedule import Schedule


@dataclass(frozen=True)
class Wino(Revision):
    """Remasks the settled tokens whose probability in the shadow block is below ``level`` (eq. 5)."""

    looks_back = True

    def look(
        self, predict: Predictor, ids: torch.Tensor, at: torch.Tensor, temperature: float
    ) -> tuple[Choice, torch.Tensor]:
        return predict.with_shadow(ids, at, temperature)

    def remask(self, view: View, schedule: Schedule) -> torch.Tensor:
        return ~view.open & (view.unseen < self.level)

    def limit(self, view: View, remasked: torch.Tensor, committed: torch.Tensor) -> torch.Tensor:
        """Remask fewer positions than are committed, those of lowest probability, so that the run ends (sec. 3.3)."""
        return highest(-view.unseen, remasked, committed.sum() - 1)
