"""What a trace says of a served lane: one that a model writes elsewhere, over the network. Its times are the wall
clock, so no device's clock compares with them. ``about["remote"]`` of the lane holds the facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from playground.trace.trace import Lane, Trace

WALL = "wall clock, network included"
UNITS = {  # what arrives at a time, as ``remote["unit"]`` names it -> what a reader must know of it
    "chunks": "Its text comes in chunks, which are not tokens.",
    "snapshots": "It sends its whole text again with each snapshot; what did not change since the last one counts as settled.",
    "blocks": "It sends finished blocks, not steps.",
}


WHOLE = ("stop", "")  # how a whole reply ends; "" where the server does not say
ENDS = {  # other ends -> what a reader must know of the text
    "length": "It was cut at the length that was asked for.",
    "limit": "More came than a lane holds, so it was cut there.",
    "content_filter": "Its server's rules on content ended it early.",
    "tool_calls": "It ended by asking for a tool, which a race has not.",
    "function_call": "It ended by asking for a tool, which a race has not.",
}


def remote_of(lane: Lane) -> Mapping[str, Any] | None:
    """The facts of a served lane; None for a lane that was computed here."""
    remote = lane.about.get("remote")
    return remote if isinstance(remote, Mapping) else None


def unit_of(lane: Lane) -> str:
    """What a frame of the lane is, in the plural: "passes", or a key of UNITS."""
    remote = remote_of(lane)
    return "passes" if remote is None else _unit(remote)


def _unit(remote: Mapping[str, Any]) -> str:
    return next((unit for unit in UNITS if unit == remote.get("unit")), "chunks")


def whole_number(value: Any) -> int | None:
    """A count as a trace may hold it; None for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def thinking_now(trace: Trace) -> list[str]:
    """The keys of the served lanes that think at this moment, before their text."""
    return [lane.key for lane in trace.lanes if (remote_of(lane) or {}).get("thinking")]


def arrivals_of(lane: Lane, frames: int) -> int:
    """How many arrivals ``frames`` frames after frame 0 show. The last frame of a whole reply may settle what came before
    and bring no text; what the lane itself counted tells."""
    counted = whole_number((remote_of(lane) or {}).get("arrivals"))
    return frames if counted is None else min(frames, counted)


def counted(lane: Lane, frames: int) -> str:
    """What so many frames after frame 0 show, in words: "1 pass", "3 snapshots"."""
    unit, many = unit_of(lane), arrivals_of(lane, frames)
    return f"{many} {unit if many != 1 else 'pass' if unit == 'passes' else unit[:-1]}"


def note_of(lane: Lane) -> str:
    """What a reader must know of a served lane's clock, of its frames, of what it ignores and of how it ended, in
    sentences."""
    remote = remote_of(lane) or {}
    ignored = [str(each) for each in remote.get("ignored") or ()]
    return " ".join(
        (
            f"{WALL[0].upper()}{WALL[1:]}.",
            UNITS[unit_of(lane)],
            *([f"It ignores {listed(ignored)}."] if ignored else []),
            *_noticed(remote),
        )
    )


def _noticed(remote: Mapping[str, Any]) -> Iterator[str]:
    """What came out while the lane ran, in sentences. None of it is known before the end."""
    finish, usage = remote.get("finish"), remote.get("usage")
    if isinstance(finish, str) and finish not in WHOLE:
        yield ENDS.get(finish, f"It ended with “{finish}”, so its text may not be whole.")
    if remote.get("at_once") and _unit(remote) != "blocks":
        yield "All of its text arrived at once, so its times do not show how it was written."
    if thought := whole_number(usage.get("reasoning_tokens") if isinstance(usage, Mapping) else None):
        yield f"{thought:,} of its tokens were thinking, which is not shown."
    if lost := whole_number(remote.get("lost")):
        yield f"{lost:,} of its characters were no text."
    if refused := remote.get("left_out"):
        yield f"Its server refused {refused}, so it was asked again; its time is that of the request that was answered."


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
