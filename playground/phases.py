"""The named stages of a lane, each by a rule that stands beside its label."""
from __future__ import annotations

RULES = {
    "noise": "nothing is committed yet",
    "rough": "under half of the noise is settled",
    "clear": "at least half of the noise is settled",
    "final": "the lane has ended",
}


def phase(settled: int, noise: int, ended: bool) -> str:
    """The phase of a lane that began with ``noise`` positions of noise and has settled so many."""
    if ended:
        return "final"
    if settled == 0:
        return "noise"
    return "rough" if 2 * settled < noise else "clear"
