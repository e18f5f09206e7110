"""The colour slot of a lane: one, two or three. The stage, pictures, terminal and calculator colour lanes by slot."""

from __future__ import annotations

from playground.trace.trace import Lane

SLOTS = ("one", "two", "three")


def slot_of(lane: Lane) -> str:
    """The slot of a lane, one of SLOTS: ``about["slot"]``. Older runs do not have it; for them kind and key decide."""
    return slot(lane.about.get("slot"), lane.kind, lane.key)


def slot(said: object, kind: str, key: str) -> str:
    """The slot of a lane with this kind and key. said: its ``about["slot"]``, if any. assets/stage/slots.js does the
    same."""
    if said in SLOTS:
        return str(said)
    if kind == "ar":
        return "two"
    return "three" if key == "diffusion.b" else "one"
