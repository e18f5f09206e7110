"""The workshops on the page: the list of exercises, and the guide above the stage, which shows the open exercise."""

from __future__ import annotations

import json
from typing import Any

from markupsafe import Markup

from playground.ui.components.answered import answered
from playground.ui.components.bare import Bare
from playground.ui.components.left_out import part
from playground.web.templates import render_part
from playground.workshops.exercises import Workshop, tracks, workshops
from playground.workshops.sheet import sheet
from playground.workshops.votes import Votes


def guide() -> Bare:
    """The guide: it shows messages about an opened link or file, and the open exercise."""
    return Bare(html_template=render_part("page/workshops.html", "guide"), js_on_load="mountGuide(element);")


class Workshops(Bare):
    """The list of exercises. Each entry is a link with the settings of the exercise."""

    def __init__(self, exercises: tuple[Workshop, ...], **kwargs: Any):
        votes = Votes(exercises)

        def printed(address: str) -> str:
            return sheet(exercises, address[:300])

        def printed_for_students(address: str) -> str:
            return sheet(exercises, address[:300], answers=False)

        def open_vote(_: str) -> str:
            return answered(lambda: {"room": votes.open()})

        def vote(question: str) -> str:
            return answered(lambda: counted(votes, json.loads(question)))

        super().__init__(
            html_template=render_part("page/workshops.html", "panel", tracks=tracks(exercises)),
            js_on_load="mountWorkshops(element, props, server);",
            server_functions=[printed, printed_for_students, open_vote, vote],
            **kwargs,
        )


def counted(votes: Votes, asked: dict[str, Any]) -> dict[str, Any]:
    """The counts of a vote, after the voter's own choice where there is one. Raises PlaygroundError."""
    room, exercise = asked["room"], asked["workshop"]
    if "choice" in asked:
        votes.cast(room, exercise, asked["voter"], asked["choice"])
    return {"counts": votes.counts(room, exercise)}


def exercises() -> tuple[Workshop, ...]:
    """All exercises; () if their file is damaged."""
    return part("The workshops are", workshops, ())


def workshops_script() -> Markup:
    """A script that sets ``window.playgroundWorkshops`` to the exercises, escaped for an HTML page."""
    value = [one.to_json() for one in exercises()]
    return render_part("page/scripts.html", "data", name="playgroundWorkshops", value=value)
