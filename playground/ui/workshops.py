"""Workshops on the page: the list of exercises, and the place above the stage where the open one stands."""

from __future__ import annotations

import json
from typing import Any

from playground.ui.bare import Bare
from playground.ui.left_out import part
from playground.ui.template import literal
from playground.workshops.exercises import Workshop, sheet, workshops

GUIDE = """<div class="guide"><p class="page-note" role="status" hidden><span></span><button type="button" data-dismiss>Dismiss</button></p>
<section class="workshop" aria-label="Workshop" hidden><header><h2></h2><span class="workshop-time"></span>
<span class="workshop-buttons"><button type="button" data-reveal aria-expanded="false">What to observe</button>
<button type="button" data-next>Next</button><button type="button" data-close>Close</button></span></header>
<p class="workshop-question"></p><p class="workshop-do"></p><p class="workshop-observe" role="status" hidden></p></section></div>"""


def guide() -> Bare:
    """Where the page speaks of a link or a file, and where an exercise stands beside the stage."""
    return Bare(html_template=GUIDE, js_on_load="mountGuide(element);")


class Workshops(Bare):
    """The list. Each entry is a link that sets the page."""

    def __init__(self, exercises: tuple[Workshop, ...], **kwargs: Any):
        def printed(address: str) -> str:
            return sheet(exercises, address[:300])

        super().__init__(
            html_template=panel(exercises),
            js_on_load="mountWorkshops(element, props, server);",
            server_functions=[printed],
            **kwargs,
        )


def panel(exercises: tuple[Workshop, ...]) -> str:
    items = "".join(
        f'<li><a href="?workshop={literal(one.id)}" data-workshop="{literal(one.id)}">{literal(one.title)}</a>'
        f"<span>{one.minutes} min</span><p>{literal(one.question)}</p></li>"
        for one in exercises
    )
    return f"""<section id="workshops" class="panel" aria-label="Workshops"><ol>{items}</ol>
<p class="panel-foot">Each sets the page and asks a question. <button type="button" data-sheet>Sheet for the leader, to print</button></p></section>"""


def exercises() -> tuple[Workshop, ...]:
    """All of them; none where their file is damaged."""
    return part("The workshops are", workshops, ())


def workshops_script() -> str:
    """The exercises as a script that sets ``window.playgroundWorkshops``, safe inside an HTML page."""
    data = json.dumps([one.to_json() for one in exercises()], ensure_ascii=True).replace("<", "\\u003c")
    return f"<script>window.playgroundWorkshops = {data};</script>"
