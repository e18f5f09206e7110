"""Every revision rule by its name in rules.REVISIONS. They, and only they, make "later passes fix errors" true.

Three kinds. *Remasking* (ReMDM, WINO, second look) turns a token back into a mask, to be filled again. *Replacing* (edit,
self-correction) puts another token in its place. *Re-noise* accepts and rejects anew at every pass; it fills by a loop of its own.
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
