"""What a trace says of a served lane: one that a model writes elsewhere, over the network. Its times are the wall
clock, so no device's clock compares with them. ``about["remote"]`` of the lane holds the facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from playground.trace.trace import Lane, Trace

WALL = "wall clock, network included"
UNITS = {  # what arrives at a time, as ``remote["unit"]`` names it -> what a reader must know of it
    "chunks": "Its text comes in chunks, which are not tokens.",
    "snapshots": "It sends its whole text again with each snapshot; what did not change since the last one counts as settled.",
    "blocks": "It sends finished blocks, not steps.",
}


def remote_of(lane: Lane) -> Mapping[str, Any] | None:
    """The facts of a served lane; None for a lane that was computed here."""
    remote = lane.about.get("remote")
    return remote if isinstance(remote, Mapping) else None


def unit_of(lane: Lane) -> str:
    """What a frame of the lane is, in the plural: "passes", or a key of UNITS."""
    remote = remote_of(lane)
    if remote is None:
        return "passes"
    unit = remote.get("unit")
    return str(unit) if unit in UNITS else "chunks"


def counted(lane: Lane, many: int) -> str:
    """A number of frames in words: "1 pass", "3 snapshots"."""
    unit = unit_of(lane)
    return f"{many} {unit if many != 1 else 'pass' if unit == 'passes' else unit[:-1]}"


def note_of(lane: Lane) -> str:
    """What a reader must know of a served lane's clock, of its frames and of what it ignores, in sentences."""
    remote = remote_of(lane) or {}
    ignored = [str(each) for each in remote.get("ignored") or ()]
    return " ".join(
        (
            f"{WALL[0].upper()}{WALL[1:]}.",
            UNITS[unit_of(lane)],
            *([f"It ignores {listed(ignored)}."] if ignored else []),
        )
    )


def listed(words: Sequence[str]) -> str:
    """Words as a list in a sentence: "a, b and c"."""
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1]))) if words else ""


def faults_of(trace: Trace) -> Mapping[str, str]:
    """Why lanes failed, in a sentence each, by key of the lane."""
    faults = trace.run.get("faults")
    return faults if isinstance(faults, Mapping) else {}


def places(trace: Trace, lane: Lane) -> int:
    """The positions after the prompt that a picture of the lane needs. A served lane has a limit in place of a canvas,
    so only those that it wrote count."""
    if remote_of(lane) is None:
        return lane.length
    last = max((change.position for frame in trace.frames_of(lane.key) for change in frame.changes), default=-1)
    return max(last + 1 - lane.prompt, 1)
