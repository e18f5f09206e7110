"""The revision rules, by their names in rules.REVISIONS. Without one of them no later pass can correct a settled token.

There are three kinds. *Remasking* (ReMDM, WINO, second look) turns a settled token back into a mask, to be filled
again. *Replacing* (edit, self-correction) puts another token in its place. *Re-noise* accepts or rejects every
position in each pass and has its own fill loop.
"""

from __future__ import annotations

from playground.samplers.diffusion import remdm
from playground.samplers.diffusion.edit import Edit
from playground.samplers.diffusion.renoise import Renoise
from playground.samplers.diffusion.revision import Revision
from playground.samplers.diffusion.second_look import SecondLook
from playground.samplers.diffusion.self_correction import SelfCorrection
from playground.samplers.diffusion.wino import Wino

REVISING: dict[str, type[Revision]] = {
    "none": Revision,
    "remdm_cap": remdm.Cap,
    "remdm_rescale": remdm.Rescale,
    "remdm_confidence": remdm.Confidence,
    "remdm_loop": remdm.Loop,
    "wino": Wino,
    "edit": Edit,
    "gidd": SelfCorrection,
    "second_look": SecondLook,
    "renoise": Renoise,
}
