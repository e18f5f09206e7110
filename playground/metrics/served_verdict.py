"""The verdict on served lanes, in words. A wall clock with a network in it and the clock of this device's passes
measure different things, so no factor is ever made of the two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from playground.metrics.served_metrics import ServedMeasures
from playground.trace.served import WALL, counted, faults_of, listed, remote_of
from playground.trace.trace import Lane, Trace

NEAR = 1.05  # wall clocks closer than this factor are called equal


def served_line(trace: Trace, lanes: Mapping[str, ServedMeasures], alone: Mapping[str, float]) -> str:
    """Sentences on the served lanes of a finished race; "" if it has none.

    lanes: the measures of those that finished, by key. alone: the time in ms of the one lane of this device that no
    other sentence has given, by key of the lane; or nothing.
    """
    served = [lane for lane in trace.lanes if remote_of(lane) is not None]
    if not served:
        return ""
    name = {lane.key: lane.about.get("letter") or lane.title for lane in trace.lanes}
    finished = [lane for lane in served if lane.key in lanes]
    here = [f"{name[key]} took {ms:,.0f} ms by the clock of its own passes." for key, ms in alone.items()]
    took = [_took(name[lane.key], lane, lanes[lane.key]) for lane in finished]
    failed = [name[lane.key] for lane in served if lane.key in faults_of(trace)]
    local = len(trace.lanes) > len(served)
    return " ".join(
        filter(
            None,
            (
                *here,
                _compared(name, {lane.key: lanes[lane.key] for lane in finished}),
                f"By the {WALL}: {'; '.join(took)}." if took else "",
                "Passes here and a wall clock with a network in it are two clocks, so no factor is given."
                if local and took
                else "",
                f"{listed(failed)} did not finish; {'its lane says' if len(failed) == 1 else 'their lanes say'} why."
                if failed
                else "",
            ),
        )
    )


def _took(name: str, lane: Lane, figures: ServedMeasures) -> str:
    connect = "" if figures.connect_ms is None else f", after {figures.connect_ms:,.0f} ms to connect"
    return f"{name} {figures.ms:,.0f} ms in {counted(lane, figures.arrivals)}{connect}"


def _compared(name: Mapping[str, str], lanes: Mapping[str, ServedMeasures]) -> str:
    """Which of the served lanes was first, and by what factor of the wall clock."""
    order: Sequence[str] = sorted(lanes, key=lambda key: lanes[key].ms)
    if len(order) < 2:
        return ""
    first, last = order[0], order[-1]
    factor = lanes[last].ms / lanes[first].ms if lanes[first].ms else 1.0
    if factor < NEAR:
        return f"{name[first]} and {name[last]} took as long as each other, by wall clocks with each one's network in them."
    return f"{name[first]} ended before {name[last]}, {factor:.1f}× as fast by wall clocks with each one's network and queue in them."
