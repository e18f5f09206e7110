"""The place of a lane in colours: one, two or three. The stage, pictures, terminal and calculator colour lanes by it."""

from __future__ import annotations

from playground.trace.trace import Lane

SLOTS = ("one", "two", "three")


def slot_of(lane: Lane) -> str:
    """As the engine says it in ``about``; runs made before it did say it by kind and key (assets/stage/slots.js)."""
    return slot(lane.about.get("slot"), lane.kind, lane.key)


def slot(said: object, kind: str, key: str) -> str:
    if said in SLOTS:
        return str(said)
    if kind == "ar":
        return "two"
    return "three" if key == "diffusion.b" else "one"
