"""The leader's sheet: every exercise on one page to print, with a link that sets the page for it."""

from __future__ import annotations

from urllib.parse import urlencode

from markupsafe import Markup

from playground.web.templates import render
from playground.workshops.exercises import Workshop

ADDRESS = "http://127.0.0.1:7860/"


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
