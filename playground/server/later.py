"""The scripts that the page loads after its first seconds."""

from __future__ import annotations

import json
from functools import cache

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from playground.story.slides import scenes
from playground.web.stage_code import inspector_script, late_css, talk_css, talk_script

STYLED = "document.head.append(Object.assign(document.createElement('style'), { textContent: %s }));\n"
INSPECTOR_PATH = "stage/inspector.js"  # below the page's own address, as are the others
TALK_PATH = "talk/talk.js"
SCENES_PATH = "talk/scenes.json"


@cache
def _inspector() -> str:
    return f"{STYLED % json.dumps(late_css())}{inspector_script()}export {{ Hands, Inspector }};\n"


def inspector(_: Request) -> Response:
    """The inspector of tokens and the table of figures, as a module. It is the same for every visitor and holds nothing of theirs."""
    return Response(_inspector(), media_type="text/javascript")


@cache
def _talk() -> str:
    return f"{talk_script()}export {{ Talk }};\nexport const style = {json.dumps(talk_css())};\n"


def talk(_: Request) -> Response:
    """Talk mode, as a module with its style: what has come needs no network any more."""
    return Response(_talk(), media_type="text/javascript")


def slides(_: Request) -> Response:
    """The slides of the talk with their recorded races, in one piece for the same reason."""
    return JSONResponse(scenes())


ROUTES = [
    Route(f"/{INSPECTOR_PATH}", inspector),
    Route(f"/{TALK_PATH}", talk),
    Route(f"/{SCENES_PATH}", slides),
]
