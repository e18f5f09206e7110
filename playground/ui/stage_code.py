"""The stage's own code and look as text, for the page and for saved files alike. No gradio: who makes a file needs no server."""

from __future__ import annotations

import base64
import json
from pathlib import Path

from playground.trace.phases import RULES
from playground.ui.lean import lean_css, lean_js

ASSETS = Path(__file__).resolve().parents[2] / "assets"
PARTS = (  # of assets/stage, in the order they build on each other
    "tools",
    "record",
    "meter",
    "type",
    "lane",
    "axis",
    "map",
    "legend",
    "differ",
    "inspect",
    "arcs",
    "touch",
    "branches",
    "clock",
    "words",
    "receive",
    "transport",
    "fit",
    "stage",
    "keys",
    "mount",
)

FACES = (  # family, weights, file
    ("IBM Plex Mono", "400", "ibm-plex-mono-latin-400-normal.woff2"),
    ("IBM Plex Mono", "500", "ibm-plex-mono-latin-500-normal.woff2"),
    ("Source Sans 3", "200 900", "source-sans-3-latin-wght-normal.woff2"),
)


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
