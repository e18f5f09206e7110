"""The tokens that end a lane's text: its tokenizer's own, and any further ones of its model."""

from __future__ import annotations

from collections.abc import Mapping

from playground.trace.trace import SETTLED, Change, Lane


def ends_of(lane: Lane) -> frozenset[int]:
    """Their ids: ``end_id`` and ``end_ids`` of the lane. Empty for a lane that names none."""
    ids = [lane.about.get("end_id"), *(lane.about.get("end_ids") or ())]
    return frozenset(each for each in ids if each is not None)


def end_of(cells: Mapping[int, Change], lane: Lane) -> int:
    """The position at which the text of some cells ends: its first settled end token with no pin after it. The position
    after the last one if there is none. A text with a pin after an end token goes on at least to the pin, as the
    samplers have it (samplers/canvas.py)."""
    ends, after = ends_of(lane), lane.prompt + lane.length
    pinned = max((at for at, cell in cells.items() if cell.state == "pinned"), default=-1)
    for at in range(max(lane.prompt, pinned), after):
        cell = cells.get(at)
        if cell is not None and cell.state in SETTLED and cell.id in ends:
            return at
    return after
