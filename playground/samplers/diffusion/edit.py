"""Token-to-token edit (LLaDA 2.1, 2602.08676): replaces a settled token by one that the model clearly prefers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch

from playground.samplers.diffusion.commit import View
from playground.samplers.diffusion.finish import replace_until_still
from playground.samplers.diffusion.revision import Revision
from playground.samplers.diffusion.state import SamplerState
from playground.samplers.passes import Pass


@dataclass(frozen=True)
class Edit(Revision):
    """Replaces a settled token by the likeliest one if that has a probability above ``level``: in every pass of the
    fill, and after it in passes over the full text until nothing changes."""

    looks_back = True

    def doubting_passes(self, targets: Sequence[int]) -> int:
        return len(targets)  # unlike remasking, it also happens in a block's last pass

    def replace(self, view: View) -> tuple[torch.Tensor, torch.Tensor]:
        likeliest = view.choice.best_ids[:, 0]
        return ~view.open & (likeliest != view.ids) & (view.choice.best_probability[:, 0] > self.level), likeliest

    def finish(self, run: SamplerState) -> Iterator[Pass]:
        return replace_until_still(run, self.replace)
