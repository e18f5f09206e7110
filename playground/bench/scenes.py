"""Records the scenes of the talk with the shipped twins, as ``python -m playground race --json`` does: ``make record``.

A race that other programs disturbed is run again; after some tries the least disturbed is kept.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from playground.engine.twins import load_twins
from playground.errors import PlaygroundError
from playground.files import write_whole
from playground.request.race_request import RaceRequest
from playground.story.slides import SCENES, Slide, slides
from playground.trace.trace import Trace

if TYPE_CHECKING:
    from playground.engine.twins import Twins

TRIES = 15


def record(slide: Slide, twins: Twins) -> int:
    """Race as a slide says, and keep the trace. Returns the size of its file in bytes."""
    kept = race(slide, twins)
    for _ in range(TRIES):
        if not disturbance(kept)[0]:
            break
        kept = min(kept, race(slide, twins), key=disturbance)
    text = kept.dumps()
    write_whole(slide.scene, text)
    return len(text.encode())


def race(slide: Slide, twins: Twins) -> Trace:
    """One race."""
    run = twins.start(RaceRequest.parse(dict(slide.race)))
    for _ in run.frames():
        pass
    return run.trace


def disturbance(trace: Trace) -> tuple[bool, float]:
    """Whether other programs slowed a race, and how long it took in ms: the smaller, the fairer."""
    return bool((trace.verdict or {}).get("disturbed")), sum(frame.ms for frame in trace.frames)


def main(only: list[str]) -> int:
    """Record the named scenes, or all; returns 0, or 2 without the twins."""
    try:
        twins = load_twins()
    except PlaygroundError as error:
        print(error, file=sys.stderr)
        return 2
    SCENES.mkdir(exist_ok=True)
    for slide in slides():
        if not only or slide.name in only:
            print(f"{slide.scene.name} {record(slide, twins):,} bytes", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
