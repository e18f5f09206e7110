"""Metrics of a served lane, computed from its trace. Its clock is the wall clock, and a chunk is no token."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from playground.metrics.lane_metrics import written
from playground.metrics.replies import Worth
from playground.trace.events import settling
from playground.trace.served import arrivals_of, remote_of, unit_of, whole_number
from playground.trace.trace import Trace


@dataclass(frozen=True)
class ServedMeasures:
    """Metrics of one served lane. Times are in ms by the wall clock from the request on, network included. None:
    unknown. Fields that LaneMeasures has too mean the same."""

    unit: str  # what arrived: a key of trace.served.UNITS
    arrivals: int  # how many of them
    ms: float  # until the last one
    connect_ms: float | None  # spent on the connection, before the request was sent
    first_text_ms: float | None  # until the first of them that held text
    tokens: int | None  # of the server's own tokenizer, as the server counted them
    tok_per_s: float | None
    characters: int
    char_per_s: float
    right: bool | None = None
    repeated: bool | None = None
    broken: bool | None = None


def measure_served(trace: Trace, key: str, worth: Worth | None = None) -> ServedMeasures:
    """The metrics of one served lane, which must have at least its frame 0. worth: of its reply."""
    lane, frames = trace.lane(key), trace.frames_of(key)
    remote = remote_of(lane) or {}
    ms, arrived = frames[-1].t_ms, settling(frames, lane).arrivals
    first = next((frame.t_ms for frame in frames[1:] if any(change.text for change in frame.changes)), None)
    tokens = counted_tokens(remote) if arrived else None
    characters = sum(len(cell.text) for cell in written(trace, key) if cell.state != "pinned")
    connect = remote.get("connect_ms")
    return ServedMeasures(
        unit=unit_of(lane),
        arrivals=arrivals_of(lane, len(frames) - 1),
        ms=round(ms, 3),
        connect_ms=round(float(connect), 3) if isinstance(connect, (int, float)) else None,
        first_text_ms=None if first is None else round(first, 3),
        tokens=tokens,
        tok_per_s=None if tokens is None or not ms else round(1000 * tokens / ms, 1),
        characters=characters,
        char_per_s=round(1000 * characters / ms, 1) if ms else 0.0,
        right=worth.right if worth else None,
        repeated=worth.repeated if worth else None,
        broken=worth.broken if worth else None,
    )


def counted_tokens(remote: Mapping[str, Any]) -> int | None:
    """The tokens of the reply as the server counted them, ``usage.completion_tokens``; None if it did not, or if it
    counted thinking among them: those are not of the text that is shown."""
    usage = remote.get("usage")
    if not isinstance(usage, Mapping) or whole_number(usage.get("reasoning_tokens")):
        return None
    return whole_number(usage.get("completion_tokens"))
