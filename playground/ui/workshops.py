"""The workshops on the page: the list of exercises, and the guide above the stage, which shows the open exercise."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from playground.ui.components.bare import Bare
from playground.ui.components.left_out import part
from playground.web.templates import render_part
from playground.workshops.exercises import Workshop, workshops
from playground.workshops.sheet import sheet


def guide() -> Bare:
    """The guide: it shows messages about an opened link or file, and the open exercise."""
    return Bare(html_template=render_part("page/workshops.html", "guide"), js_on_load="mountGuide(element);")


class Workshops(Bare):
    """The list of exercises. Each entry is a link with the settings of the exercise."""

    def __init__(self, exercises: tuple[Workshop, ...], **kwargs: Any):
        def printed(address: str) -> str:
            return sheet(exercises, address[:300])

        super().__init__(
            html_template=render_part("page/workshops.html", "panel", exercises=exercises),
            js_on_load="mountWorkshops(element, props, server);",
            server_functions=[printed],
            **kwargs,
        )


def exercises() -> tuple[Workshop, ...]:
    """All exercises; () if their file is damaged."""
    return part("The workshops are", workshops, ())


def workshops_script() -> Markup:
    """A script that sets ``window.playgroundWorkshops`` to the exercises, escaped for an HTML page."""
    value = [one.to_json() for one in exercises()]
    return render_part("page/scripts.html", "data", name="playgroundWorkshops", value=value)
