"""``python -m playground export RUN.json``: writes a saved run as HTML, GIF, MP4 or a card, without a page or a model."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playground.console import named_by_user
from playground.errors import PlaygroundError
from playground.export.saved_run import read
from playground.files import whole

SLOWER = (0.1, 1000.0)  # limits of --slower


def export_options(export: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    export.set_defaults(run_command=run_export)
    export.add_argument("run", type=Path, metavar="RUN.json", help="a run saved by the page or by `race --json`")
    export.add_argument("--html", type=Path, metavar="FILE", help="a page that plays the run from disk, offline")
    export.add_argument("--gif", type=Path, metavar="FILE", help="a moving picture")
    export.add_argument("--mp4", type=Path, metavar="FILE", help="a film; needs ffmpeg")
    export.add_argument(
        "--card", type=Path, metavar="FILE", help="one picture to share: the prompt, the four stages, the figures (PNG)"
    )
    export.add_argument(
        "--slower",
        metavar="FACTOR",
        help="slow GIF and MP4 by this factor all the way, to a film of 30 seconds at most (default: as on the stage, about "
        "ten seconds)",
    )


def run_export(options: argparse.Namespace) -> int:
    """Write every requested file; returns the exit code. Raises PlaygroundError if none is requested or one cannot be
    written."""
    if not (options.html or options.gif or options.mp4 or options.card):
        raise PlaygroundError("Say what to write: --html FILE, --gif FILE, --mp4 FILE or --card FILE.")
    slower = factor(options.slower)
    if slower is not None and not (options.gif or options.mp4):
        raise PlaygroundError("--slower is for --gif and --mp4, and neither is asked for. Leave it out, or name one.")
    trace = read(options.run)
    # Imported here because only these formats need pictures and the stage.
    from playground.export.card import to_card
    from playground.export.gif import to_gif
    from playground.export.html import to_html
    from playground.export.mp4 import to_mp4
    from playground.export.picture import Film

    if options.html:
        with saved(options.html) as part, part.open("w", encoding="utf-8") as out:
            out.writelines(to_html(trace))
    if options.gif:
        with saved(options.gif) as part, part.open("wb") as out:
            to_gif(trace, out, slower)
    if options.mp4:
        with saved(options.mp4) as part:
            to_mp4(trace, part, slower)
    if options.card:
        with saved(options.card) as part, part.open("wb") as out:
            to_card(trace, out)
    if options.gif or options.mp4 or options.card:
        for note in Film(trace).notes():
            print(note, file=sys.stderr)
    return 0


def factor(text: str | None) -> float | None:
    """The number given with --slower; None if there is none. Raises PlaygroundError if it is out of range."""
    if text is None:
        return None
    low, high = SLOWER
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not low <= value <= high:
        raise PlaygroundError(f"--slower must be a number from {low:g} to {high:g}, not {text!r}.")
    return value


@contextmanager
def saved(path: Path) -> Iterator[Path]:
    """A temporary path to write to, which is renamed to ``path`` at the end. Raises PlaygroundError if the file
    cannot be written."""
    with named_by_user(path), whole(path) as part:
        yield part
