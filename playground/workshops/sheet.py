"""The leader's sheet: every exercise on one page to print, with a link that sets the page for it."""

from __future__ import annotations

from urllib.parse import urlencode

from markupsafe import Markup

from playground.web.templates import render
from playground.workshops.exercises import Workshop

ADDRESS = "http://127.0.0.1:7860/"


def link(workshop: Workshop, address: str) -> str:
    """Where an exercise is open at once."""
    return f"{address}?{urlencode({'workshop': workshop.id})}"


def sheet(exercises: tuple[Workshop, ...], address: str = ADDRESS) -> str:
    """One page to print, for whoever leads. Its face is inside, so that it is one page everywhere."""
    from playground.web.stage_code import font_faces  # only who prints needs it

    html = render(
        "files/sheet.html",
        exercises=exercises,
        minutes=sum(one.minutes for one in exercises),
        link=lambda one: link(one, address),
        fonts=Markup(font_faces()),
    )
    return f"{html}\n"
