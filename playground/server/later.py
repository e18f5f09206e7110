"""The scripts that the page loads after its first seconds."""

from __future__ import annotations

import json
from functools import cache

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from playground.web.stage_code import inspector_script, late_css

STYLED = "document.head.append(Object.assign(document.createElement('style'), { textContent: %s }));\n"
INSPECTOR_PATH = "stage/inspector.js"  # below the page's own address


@cache
def _inspector() -> str:
    return f"{STYLED % json.dumps(late_css())}{inspector_script()}export {{ Hands, Inspector }};\n"


def inspector(_: Request) -> Response:
    """The inspector of tokens and the table of figures, as a module. It is the same for every visitor and holds nothing of theirs."""
    return Response(_inspector(), media_type="text/javascript")


ROUTES = [Route(f"/{INSPECTOR_PATH}", inspector)]
