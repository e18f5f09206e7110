"""The stage's script and style as text, for the page and for saved files. No gradio, because a saved file needs no
server."""

from __future__ import annotations

import base64

from playground.web.bundle import bundle
from playground.web.constants import ASSETS, CONSTANTS, MODULE
from playground.web.minify import lean_css, lean_js

STAGE = "stage/mount.js"  # the module that exports mountStage
LATE = "stage/late.js"  # the module that exports Inspector and Hands
TALK = "talk/talk.js"  # the module that exports Talk
FACES = (  # family, weights, file
    ("IBM Plex Mono", "400", "ibm-plex-mono-latin-400-normal.woff2"),
    ("IBM Plex Mono", "500", "ibm-plex-mono-latin-500-normal.woff2"),
    ("Source Sans 3", "200 900", "source-sans-3-latin-wght-normal.woff2"),
)


def stage_script() -> str:
    """The stage's code as one script, which declares only ``mountStage``. The page and saved files use the same
    script."""
    return lean_js(bundle(ASSETS, STAGE, {MODULE: CONSTANTS})) + "\n"


def inspector_script() -> str:
    """The code that shows the life of a token, and the figures of a race, as a script that declares only ``Inspector``
    and ``Hands``. Nobody needs it in the first seconds, so the page loads it later. It has its own copies of the small modules that it shares with the stage; none of
    them holds anything."""
    return lean_js(bundle(ASSETS, LATE, {MODULE: CONSTANTS})) + "\n"


def late_css() -> str:
    """The style sheet of what ``inspector_script`` shows besides the life of a token."""
    return lean_css((ASSETS / "stage" / "late.css").read_text(encoding="utf-8"))


def talk_script() -> str:
    """The code of talk mode, as a script that declares only ``Talk``. The page loads it when somebody presents."""
    return lean_js(bundle(ASSETS, TALK, {MODULE: CONSTANTS})) + "\n"


def talk_css() -> str:
    """The style of slides and speaker's notes, which comes with that script."""
    return lean_css((ASSETS / "talk" / "talk.css").read_text(encoding="utf-8"))


def stage_css() -> str:
    """The stage's style sheet with its fonts embedded, so that it loads no other file."""
    return font_faces() + lean_css((ASSETS / "stage" / "stage.css").read_text(encoding="utf-8"))


def font_faces() -> str:
    """The @font-face rules of the stage's fonts, each font as a data URL."""
    rules = []
    for family, weight, file in FACES:
        data = base64.b64encode((ASSETS / "fonts" / file).read_bytes()).decode("ascii")
        rules.append(
            f'@font-face{{font-family:"{family}";font-weight:{weight};font-display:block;'
            f"src:url(data:font/woff2;base64,{data}) format('woff2')}}\n"
        )
    return "".join(rules)
