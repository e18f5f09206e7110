"""``python -m playground workshops``: the sheets as files."""

from __future__ import annotations

import argparse
from pathlib import Path

from playground.console import named_by_user
from playground.files import write_whole
from playground.workshops.exercises import workshops
from playground.workshops.sheet import ADDRESS, sheet


def workshop_options(command: argparse.ArgumentParser) -> None:
    command.set_defaults(run_command=run_workshops)
    command.add_argument(
        "--html", type=Path, metavar="FILE", required=True, help="the sheet to print, a track on a page"
    )
    command.add_argument(
        "--students", action="store_true", help="the sheet for students: without answers, with room to write"
    )
    command.add_argument("--address", default=ADDRESS, help="where the playground is served (default %(default)s)")


def run_workshops(options: argparse.Namespace) -> int:
    """Write the sheet; returns the exit code. Raises PlaygroundError if the file cannot be written."""
    with named_by_user(options.html):
        write_whole(options.html, sheet(workshops(), options.address, not options.students))
    return 0
