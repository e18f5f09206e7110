"""Workshops: five-minute exercises from assets/workshops.json, and the printed sheet for the workshop's leader. This
module needs neither the page nor torch."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from markupsafe import Markup

from playground.console import named_by_user
from playground.errors import PlaygroundError
from playground.files import ROOT, write_whole
from playground.web.templates import render

DATA = ROOT / "assets" / "workshops.json"
ADDRESS = "http://127.0.0.1:7860/"


@dataclass(frozen=True)
class Workshop:
    """One exercise."""

    id: str
    title: str
    minutes: int
    settings: Mapping[str, Any]  # fields of RaceRequest that differ from its defaults
    question: str
    do: str  # the instructions
    observe: str  # what the shipped twins do; shown after the class has looked
    # The texts quoted in ``observe``, by lane, with the settings that differ from the exercise's; a test checks them.
    seen: tuple[Mapping[str, Any], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """All fields as plain data."""
        return asdict(self)


@lru_cache(maxsize=1)
def workshops(path: Path = DATA) -> tuple[Workshop, ...]:
    """All exercises in order. Raises PlaygroundError if the file cannot be used."""
    try:
        return tuple(Workshop(**entry) for entry in json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise PlaygroundError(
            f"The workshops ({path.name}) cannot be read: {str(error)[:100]}. Restore the file."
        ) from None


def link(workshop: Workshop, address: str) -> str:
    """The address that opens the page with an exercise. ``address`` is that of the page."""
    return f"{address}?{urlencode({'workshop': workshop.id})}"


def sheet(exercises: tuple[Workshop, ...], address: str = ADDRESS) -> str:
    """The leader's sheet as HTML, one page to print. Its font is inside, so that it fits one page everywhere."""
    from playground.web.stage_code import font_faces  # imported here because only printing needs it

    html = render(
        "files/sheet.html",
        exercises=exercises,
        minutes=sum(one.minutes for one in exercises),
        link=lambda one: link(one, address),
        fonts=Markup(font_faces()),
    )
    return f"{html}\n"


def workshop_options(command: argparse.ArgumentParser) -> None:
    """Add the arguments of the command ``workshops``."""
    command.set_defaults(run_command=run_workshops)
    command.add_argument(
        "--html", type=Path, metavar="FILE", required=True, help="the leader's sheet, one page to print"
    )
    command.add_argument("--address", default=ADDRESS, help="where the playground is served (default %(default)s)")


def run_workshops(options: argparse.Namespace) -> int:
    """Write the sheet; returns the exit code. Raises PlaygroundError if the file cannot be written."""
    with named_by_user(options.html):
        write_whole(options.html, sheet(workshops(), options.address))
    return 0
