"""The tokens that end a lane's text: its tokenizer's own, and any further ones of its model."""

from __future__ import annotations

from playground.trace.trace import Lane


def ends_of(lane: Lane) -> frozenset[int]:
    """Their ids: ``end_id`` and ``end_ids`` of the lane. Empty for a lane that names none."""
    ids = [lane.about.get("end_id"), *(lane.about.get("end_ids") or ())]
    return frozenset(each for each in ids if each is not None)
