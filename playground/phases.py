"""The named stages of a lane, each by a rule that stands beside its label."""
from __future__ import annotations

RULES = {
    "noise": "nothing is committed yet",
    "rough": "under half of the canvas is settled",
    "clear": "at least half of the canvas is settled",
    "final": "the lane has ended",
}


def phase(settled: int, length: int, ended: bool) -> str:
    """The phase of a lane with ``settled`` of ``length`` canvas positions settled."""
    if ended:
        return "final"
    if settled == 0:
        return "noise"
    return "rough" if 2 * settled < length else "clear"
