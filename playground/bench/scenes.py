"""Records the scenes of the talk with the shipped twins, as ``python -m playground race --json`` does: ``make record``."""

from __future__ import annotations

import sys

from playground.engine.twins import load_twins
from playground.errors import PlaygroundError
from playground.files import write_whole
from playground.request.race_request import RaceRequest
from playground.story.slides import SCENES, Slide, slides


def record(slide: Slide, twins) -> int:
    """Race as a slide says, and keep the trace. Returns the size of its file in bytes."""
    run = twins.start(RaceRequest.parse(dict(slide.race)))
    for _ in run.frames():
        pass
    text = run.trace.dumps()
    write_whole(slide.scene, text)
    return len(text.encode())


def main() -> int:
    """Record all scenes; returns 0, or 2 without the twins."""
    try:
        twins = load_twins()
    except PlaygroundError as error:
        print(error, file=sys.stderr)
        return 2
    SCENES.mkdir(exist_ok=True)
    for slide in slides():
        print(f"{slide.scene.name} {record(slide, twins):,} bytes", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
