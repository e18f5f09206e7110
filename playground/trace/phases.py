"""The named stages of a lane, each by a rule that stands beside its label, on the stage as in the terminal."""

from __future__ import annotations

RULES = {
    "noise": "nothing settled yet",
    "rough": "under half settled",
    "clear": "half or more settled",
    "final": "the lane has ended",
}


def phase(settled: int, noise: int, ended: bool) -> str:
    """The phase of a lane that began with ``noise`` positions of noise and has settled so many."""
    if ended:
        return "final"
    if settled == 0:
        return "noise"
    return "rough" if 2 * settled < noise else "clear"
