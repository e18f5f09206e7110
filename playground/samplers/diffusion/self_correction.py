"""GIDD's self-correction (2503.04482, app. G): on a full text, one better token a pass."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch

from playground.samplers.choice import gumbel_argmax
from playground.samplers.diffusion.commit import View
from playground.samplers.diffusion.finish import replace_until_still
from playground.samplers.diffusion.revision import Revision
from playground.samplers.diffusion.state import SamplerState
from playground.samplers.passes import Pass

TEMPERATURE = 0.1  # of the sampled rival (2503.04482, app. G)


@dataclass(frozen=True)
class SelfCorrection(Revision):
    """level: for how many passes it goes on while the text becomes no likelier."""

    def finish(self, run: SamplerState) -> Iterator[Pass]:
        return replace_until_still(run, corrected, patience=self.level)


def corrected(view: View) -> tuple[torch.Tensor, torch.Tensor]:
    """Sample a rival z' at a low temperature everywhere, score (z' != z) p(z'), take the best. (bool [n] with at most one true,
    ids int64 [n] of the rivals)."""
    rivals = gumbel_argmax(view.choice.log_p, TEMPERATURE, view.generator)
    scores = view.choice.probability_of(rivals).where((rivals != view.ids) & ~view.open, 0.0)
    best = torch.arange(len(scores), device=scores.device) == scores.argmax()  # indexing by it would ask the device
    return best & (scores > 0), rivals
