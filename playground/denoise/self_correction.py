"""GIDD's self-correction (2503.04482, app. G): on a full text, one better token a pass."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch

from playground.denoise.commit import View
from playground.denoise.finish import replace_until_still
from playground.denoise.revision import Revision
from playground.denoise.run import Denoising
from playground.passes import Pass, gumbel_argmax

TEMPERATURE = 0.1  # of the sampled rival (2503.04482, app. G)


@dataclass(frozen=True)
class SelfCorrection(Revision):
    """level: for how many passes it goes on while the text becomes no likelier."""

    def finish(self, run: Denoising) -> Iterator[Pass]:
        return replace_until_still(run, corrected, patience=self.level)


def corrected(view: View) -> tuple[torch.Tensor, torch.Tensor]:
    """Sample a rival z' at a low temperature everywhere, score (z' != z) p(z'), take the best. (bool [n] with at most one true,
    ids int64 [n] of the rivals)."""
    rivals = gumbel_argmax(view.choice.log_p, TEMPERATURE, view.generator)
    scores = view.choice.probability_of(rivals).where((rivals != view.ids) & ~view.open, 0.0)
    best = torch.arange(len(scores), device=scores.device) == scores.argmax()  # indexing by it would ask the device
    return best & (scores > 0), rivals
