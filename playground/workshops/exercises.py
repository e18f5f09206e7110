"""Workshops: five-minute exercises as data (assets/workshops.json), and the leader's sheet made of them. No page, no torch."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from playground.console import named_by_user
from playground.errors import PlaygroundError
from playground.files import ROOT, write_whole

DATA = ROOT / "assets" / "workshops.json"
ADDRESS = "http://127.0.0.1:7860/"

STYLE = """
@page { size: A4; margin: 14mm; }
body { font: 10pt/1.38 "Source Sans 3", "Segoe UI", system-ui, sans-serif; color: #1b1c1e; background: #fff; max-width: 46rem; margin: 1.5rem auto; padding: 0 1rem; }
@media print { body { margin: 0; max-width: none; padding: 0; font-size: 9pt; line-height: 1.32; } }
h1 { font-size: 1.35em; margin: 0 0 .2em; } h2 { font-size: 1.05em; margin: 0; display: flex; justify-content: space-between; }
h2 span { font-weight: 400; color: #55585c; } article { border-top: 1px solid #bbb; padding: .5em 0 .55em; break-inside: avoid; }
p { margin: .15em 0; } .link { font: .8em/1.3 "IBM Plex Mono", monospace; color: #55585c; overflow-wrap: anywhere; }
b { font-weight: 600; }
"""


@dataclass(frozen=True)
class Workshop:
    """One exercise. settings: of RaceRequest, that differ from its defaults; do: what to do; observe: what was seen on the shipped
    twins, told when the class has looked; seen: the words quoted there, by lane, with the settings that differ from the exercise's
    own, so that a test can look again."""

    id: str
    title: str
    minutes: int
    settings: Mapping[str, Any]
    question: str
    do: str
    observe: str
    seen: tuple[Mapping[str, Any], ...] = ()

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@lru_cache(maxsize=1)
def workshops(path: Path = DATA) -> tuple[Workshop, ...]:
    """All of them, in order. Raises PlaygroundError where the file cannot be used."""
    try:
        return tuple(Workshop(**entry) for entry in json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise PlaygroundError(
            f"The workshops ({path.name}) cannot be read: {str(error)[:100]}. Restore the file."
        ) from None


def link(workshop: Workshop, address: str) -> str:
    """Where an exercise is open at once."""
    return f"{address}?{urlencode({'workshop': workshop.id})}"


def sheet(exercises: tuple[Workshop, ...], address: str = ADDRESS) -> str:
    """One page to print, for whoever leads. Its face is inside, so that it is one page everywhere."""
    from playground.ui.stage_code import font_faces  # only who prints needs it

    minutes = sum(one.minutes for one in exercises)
    articles = "".join(
        f"<article><h2>{n}. {escape(one.title)}<span>{one.minutes} min</span></h2><p>{escape(one.question)}</p><p><b>Do.</b> {escape(one.do)}</p>"
        f'<p><b>Observe.</b> {escape(one.observe)}</p><p class="link">{escape(link(one, address))}</p></article>'
        for n, one in enumerate(exercises, start=1)
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Workshops: the leader's sheet</title><style>{font_faces()}{STYLE}</style></head><body><h1>Diffusion playground: {len(exercises)} exercises</h1>"
        f"<p>{minutes} minutes in all. Each link sets the page and shows the question; what to observe stays hidden until "
        "it is asked for. What is said here was seen on the shipped models; other weights or another device can write other tokens. "
        "Let the class guess before it runs. Add <b>&amp;show=prompt,steps</b> to a link to hide all other controls.</p>"
        f"{articles}</body></html>\n"
    )


def workshop_options(command: argparse.ArgumentParser) -> None:
    command.set_defaults(run_command=run_workshops)
    command.add_argument(
        "--html", type=Path, metavar="FILE", required=True, help="the leader's sheet, one page to print"
    )
    command.add_argument("--address", default=ADDRESS, help="where the playground is served (default %(default)s)")


def run_workshops(options: argparse.Namespace) -> int:
    """Write the sheet. Raises PlaygroundError."""
    with named_by_user(options.html):
        write_whole(options.html, sheet(workshops(), options.address))
    return 0
