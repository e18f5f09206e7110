"""GIDD's self-correction (2503.04482, app. G): in a full text, each pass replaces one token by a better one."""

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
    """The self-correction rule. level: it ends after this many passes in a row in which the text did not become
    likelier."""

    def finish(self, run: SamplerState) -> Iterator[Pass]:
        return replace_until_still(run, corrected, patience=self.level)


def corrected(view: View) -> tuple[torch.Tensor, torch.Tensor]:
    """At every position z, sample a rival z' at a low temperature, and score it by (z' != z) p(z'). Returns the
    position with the highest score, bool [n] with at most one true, and all rivals, int64 [n]."""
    rivals = gumbel_argmax(view.choice.log_p, TEMPERATURE, view.generator)
    scores = view.choice.probability_of(rivals).where((rivals != view.ids) & ~view.open, 0.0)
    best = torch.arange(len(scores), device=scores.device) == scores.argmax()  # no indexing: that waits for the device
    return best & (scores > 0), rivals
