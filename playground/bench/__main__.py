"""``python -m playground.bench``: run every measurement, or the named ones, and print one JSON object."""

from __future__ import annotations

import os

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

from playground.threads import wait_asleep

wait_asleep(os.environ)  # before torch is imported

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from playground.bench import (
    adaptive,
    floor,
    lanes,
    loops,
    opening,
    page,
    prediction,
    repair,
    rules,
    scaling,
    served,
    story,
    streaming,
    switching,
    waiting,
)
from playground.engine.provenance import commit, library_versions
from playground.engine.twins import Twins, load_twins
from playground.errors import PlaygroundError

COMPUTING = {
    "race": lanes.race_time,
    "fairness": lanes.fairness,
    "generate": lanes.against_generate,
    "published_loop": loops.against_published_loop,
    "floor": floor.against_floor,
    "rules": rules.rule_overhead,
    "repair": repair.repair,
    "adaptive": adaptive.against_full_loop,
    "scaling": scaling.scaling,
    "prediction": prediction.prediction,
}  # these run on the engine's own thread
SERVING = {
    "streaming": streaming.streaming_cost,
    "page": page.first_frames,
    "stage": page.stage_speed,
    "opening": opening.opening,
    "waiting": waiting.waiting,
    "switching": switching.switching,
    "served": served.beside_served,
}  # these call the engine from other threads
JUDGED = {"adaptive"}  # these take a judge
STORY = "story"  # this one also writes its figures to a file
MEASUREMENTS = {**COMPUTING, **SERVING, STORY: story.story}
IN_STORY = {"scaling", "prediction"}  # parts of the story, so that a full run does not measure them twice


def measure(name: str, engine: Twins, judge: Path | None, ship: bool = False) -> dict[str, Any]:
    """Run one measurement on the right thread; returns its figures. With ``ship`` the story also writes the record in
    assets."""
    if name == STORY:
        return story.story(engine, judge, ship)
    if name in SERVING:
        return SERVING[name](engine)
    return engine.thread.run(COMPUTING[name], engine, *([judge] if name in JUDGED else []))


def main(arguments: list[str] | None = None) -> int:
    """Print the figures; returns 0, or 2 after an error, which is printed to standard error."""
    parser = argparse.ArgumentParser(prog="python -m playground.bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"any of {', '.join(MEASUREMENTS)}")
    parser.add_argument("--device")
    parser.add_argument(
        "--judge", type=Path, metavar="FOLDER", help="a causal checkpoint that judges texts; without it the AR twin"
    )
    parser.add_argument("--ship", action="store_true", help="let story write assets/measured.json too")
    options = parser.parse_args(arguments)
    if unknown := set(options.names) - set(MEASUREMENTS):
        parser.error(f"there is no measurement called {', '.join(sorted(unknown))}")
    names = options.names or [name for name in MEASUREMENTS if name not in IN_STORY]
    if options.ship and STORY not in names:
        parser.error("--ship goes with story")
    try:
        engine = load_twins(options.device)
        figures = {
            "device": engine.device,
            "libraries": library_versions(),
            "commit": commit(),
            "date": datetime.now(UTC).isoformat(timespec="seconds"),
            **{name: measure(name, engine, options.judge, options.ship) for name in names},
        }
    except PlaygroundError as error:
        print(error, file=sys.stderr)
        return 2
    print(json.dumps(figures, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
