"""The stage as a gradio component: a static template, and a few lines that join it to gradio's events (assets/page/join_stage.js).

The browser owns buffer and clock; this only carries messages. ``stage.begin`` is the event that asks for a run.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from playground.trace.trace import Trace
from playground.ui.bare import Bare
from playground.web.stage_code import ASSETS, stage_css, stage_script  # noqa: F401 - the page's other parts find the first two here
from playground.web.templates import render_part

GLUE = """
joinStage(mountStage, {
  root: element.querySelector('.stage'), props, server, watch, recorded, recordedWords,
  begin: (question) => trigger('begin', question),
});
"""


class TokenStage(Bare):
    """Its value is the latest message of a race, as JSON text.

    end_run: ends the run of an id between two passes; attention: JSON text in and out, see Streams.attention;
    recorded: traces that replay without a model, the first at mount; said: of that one, in place of the usual words.
    """

    def __init__(
        self,
        end_run: Callable[[str], bool],
        attention: Callable[[str], str],
        recorded: Sequence[Trace] = (),
        said: str = "",
        **kwargs: Any,
    ):
        def stop_run(run: str) -> bool:
            return end_run(str(run))

        def looked_at(question: str) -> str:
            return attention(question)

        super().__init__(
            value=None,
            html_template=render_part("page/page.html", "stage"),
            js_on_load=f"const recorded = {first(recorded)}, recordedWords = {json.dumps(said)};\n{stage_script()}{GLUE}",
            server_functions=[stop_run, looked_at],
            **kwargs,
        )


def first(traces: Sequence[Trace]) -> str:
    """The first of some traces as JSON text. It stands in the script: gradio goes through what stands among the properties
    again with each message."""
    return json.dumps(traces[0].to_json() if traces else None, ensure_ascii=False, separators=(",", ":"))
