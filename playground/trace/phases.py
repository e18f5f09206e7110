"""The phases of a lane and the rule of each, in words. The stage and the terminal show the rule beside the phase.

A phase says how much of the text can be read. A settled position can be read; a draft can be read as far as the model is
sure of it. Counts alone would call a text clear whose second half still changes from pass to pass.
"""

from __future__ import annotations

RULES = {
    "noise": "nothing reads yet",
    "rough": "words show",
    "clear": "it reads",
    "final": "finished",
}
ROUGH = 0.25  # share of the positions that can be read from which a text shows structure
CLEAR = 0.8  # the same from which it reads


def phase(settled: int, noise: int, ended: bool, drafts: float = 0.0) -> str:
    """The phase of a lane: a key of RULES.

    settled: positions settled so far; noise: positions that held noise at the start; ended: whether the lane has ended;
    drafts: sum of the confidences, 0 to 1, of the drafts at positions that are still open.
    """
    if ended:
        return "final"
    readable = settled + drafts
    if readable < ROUGH * noise:
        return "noise"
    return "rough" if readable < CLEAR * noise else "clear"
