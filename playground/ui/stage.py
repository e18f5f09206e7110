"""The stage as a gradio component: a static template, and a few lines that connect it to gradio's events
(assets/page/join_stage.js).

This component only carries messages; buffer and clock are in the browser. ``stage.begin`` is the event that requests a
run.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from playground.server.later import INSPECTOR_PATH, SCENES_PATH, TALK_PATH
from playground.trace.trace import Trace
from playground.ui.components.bare import Bare
from playground.web.stage_code import ASSETS, stage_css, stage_script  # noqa: F401 - the page's other parts find the first two here
from playground.web.templates import render_part

GLUE = """
joinStage(mountStage, {
  root: element.querySelector('.stage'), props, server, watch, recorded, recordedWords, inspector, talk, scenes,
  begin: (question) => trigger('begin', question),
});
"""


class TokenStage(Bare):
    """The stage. Its value is the latest message of a race, as JSON text.

    end_run: ends the run with this id before its next pass.
    attention: JSON text in, JSON text out, see Streams.attention.
    recorded: traces that replay without a model; the first plays when the page opens.
    said: a sentence about the first trace in place of the usual one; empty for the usual one.
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
            js_on_load=f"const recorded = {first(recorded)}, recordedWords = {json.dumps(said)};\n"
            f"const inspector = {json.dumps(INSPECTOR_PATH)}, talk = {json.dumps(TALK_PATH)}, scenes = {json.dumps(SCENES_PATH)};\n{stage_script()}{GLUE}",
            server_functions=[stop_run, looked_at],
            **kwargs,
        )


def first(traces: Sequence[Trace]) -> str:
    """The first trace as JSON text, or null. It is part of the script, because gradio processes all properties again
    with each message."""
    return json.dumps(traces[0].to_json() if traces else None, ensure_ascii=False, separators=(",", ":"))
