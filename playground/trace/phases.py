"""The phases of a lane and the rule of each, in words. The stage and the terminal show the rule beside the phase."""

from __future__ import annotations

RULES = {
    "noise": "nothing settled yet",
    "rough": "under half settled",
    "clear": "half or more settled",
    "final": "the lane has ended",
}


def phase(settled: int, noise: int, ended: bool) -> str:
    """The phase of a lane: a key of RULES.

    settled: positions settled so far; noise: positions that held noise at the start; ended: whether the lane has ended.
    """
    if ended:
        return "final"
    if settled == 0:
        return "noise"
    return "rough" if 2 * settled < noise else "clear"
