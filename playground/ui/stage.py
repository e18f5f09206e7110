"""The stage as a gradio component: a static template, and a few lines that join the parts of assets/stage to gradio's events.

The browser owns buffer and clock; this only carries messages. ``stage.begin`` is the event that asks for a run.
"""
from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any, Callable, Sequence

import gradio as gr

from playground.phases import RULES
from playground.trace import Trace
from playground.ui.lean import lean_css, lean_js

ASSETS = Path(__file__).resolve().parents[2] / "assets"
PARTS = (  # of assets/stage, in the order they build on each other
    "tools", "record", "meter", "type", "lane", "axis", "map", "legend", "differ", "inspect", "arcs", "touch", "branches", "clock", "words",
    "receive", "transport", "fit", "stage", "keys", "mount",
)

FACES = (  # family, weights, file
    ("IBM Plex Mono", "400", "ibm-plex-mono-latin-400-normal.woff2"),
    ("IBM Plex Mono", "500", "ibm-plex-mono-latin-500-normal.woff2"),
    ("Source Sans 3", "200 900", "source-sans-3-latin-wght-normal.woff2"),
)

GLUE = """
const stage = mountStage(element.querySelector('.stage'), {
  recorded, recordedWords,
  onBegin: () => document.dispatchEvent(new CustomEvent('playground:run')),
  onStop: (run) => server.stop_run(run),
  onOffer: (prompt) => {
    document.dispatchEvent(new CustomEvent('playground:prompt', { detail: prompt }));
    document.dispatchEvent(new CustomEvent('playground:run'));
  },
  onLook: (question) => server.looked_at(question),
  onBranch: (frame) => ask(frame),
  onState: (underWay) => document.dispatchEvent(new CustomEvent('playground:state', { detail: underWay })),
});
const ask = (frame) => { // to go on from; none for a race
  document.dispatchEvent(new CustomEvent('playground:resume', { detail: frame }));
  trigger('begin', { ask: stage.asked(Boolean(frame)) });
};
watch('value', () => {
  if (!props.value) return;
  stage.receive(props.value);
  if (JSON.parse(props.value).kind === 'start') document.dispatchEvent(new CustomEvent('playground:resume', { detail: '' }));
});
document.addEventListener('playground:run', () => ask(''));
document.addEventListener('playground:failed', () => stage.failed());
document.addEventListener('playground:stop', () => stage.stop());
"""


class TokenStage(gr.HTML):
    """Its value is the latest message of a race, as JSON text.

    end_run: ends the run of an id between two passes; attention: JSON text in and out, see Streams.attention;
    recorded: traces that replay without a model, the first at mount; said: of that one, in place of the usual words.
    """

    def __init__(
        self, end_run: Callable[[str], bool], attention: Callable[[str], str], recorded: Sequence[Trace] = (), said: str = "",
        **kwargs: Any,
    ):
        def stop_run(run: str) -> bool:
            return end_run(str(run))

        def looked_at(question: str) -> str:
            return attention(question)

        super().__init__(
            value=None,
            html_template='<div class="stage"></div>',
            js_on_load=f"const recorded = {first(recorded)}, recordedWords = {json.dumps(said)};\n{stage_script()}{GLUE}",
            apply_default_css=False,
            server_functions=[stop_run, looked_at],
            **kwargs,
        )

    def api_info(self) -> dict[str, Any]:
        return {"type": "string"}


def first(traces: Sequence[Trace]) -> str:
    """The first of some traces as JSON text. It stands in the script: gradio goes through what stands among the properties
    again with each message."""
    return json.dumps(traces[0].to_json() if traces else None, ensure_ascii=False, separators=(",", ":"))


def stage_script() -> str:
    """The stage's code in one piece, the same for the page and for a saved file. All but its way in is its own: names inside a
    function are nobody else's, and are sent short."""
    rules = f"const PHASE_RULES = {json.dumps(RULES)};"  # worded once, for the stage and the terminal
    parts = ((ASSETS / "stage" / f"{part}.js").read_text(encoding="utf-8") for part in PARTS)
    return lean_js("\n".join(["const mountStage = (() => {", rules, *parts, "return mountStage;\n})();"])) + "\n"


def stage_css() -> str:
    """The stage's style with its faces inside, so that a page or a saved file asks for nothing."""
    return font_faces() + lean_css((ASSETS / "stage" / "stage.css").read_text(encoding="utf-8"))


def font_faces() -> str:
    rules = []
    for family, weight, file in FACES:
        data = base64.b64encode((ASSETS / "fonts" / file).read_bytes()).decode("ascii")
        rules.append(
            f'@font-face{{font-family:"{family}";font-weight:{weight};font-display:block;'
            f"src:url(data:font/woff2;base64,{data}) format('woff2')}}\n"
        )
    return "".join(rules)
