"""The page's own address: its root path, and ``?page=``, which names a page of the story.

Gradio would read a query parameter of that name as a route of a multi-page app, and would answer an unknown route
with a server error. The browser reads the parameter itself (assets/page/link.js), so the server does not need it.
"""

from __future__ import annotations

import argparse
import re
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

OURS = "page"


class OwnPage:
    """ASGI middleware that removes ``page`` from the query of the page itself. It changes no other request."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and OURS.encode() in scope["query_string"] and is_the_page(scope):
            query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
            kept = [(name, value) for name, value in query if name != OURS]
            scope = {**scope, "query_string": urlencode(kept).encode("latin-1")}
        await self.app(scope, receive, send)


def is_the_page(scope: Scope) -> bool:
    """Whether a request is for the page itself, with or without the root path."""
    return scope["path"].removeprefix(scope.get("root_path", "")) in ("", "/")


def root_path(text: str) -> str:
    """Check a root path, such as /play or a whole address, and remove its final slash, as gradio requires. Empty: no
    root path. Raises ArgumentTypeError with a sentence for argparse."""
    kept = text.strip().rstrip("/")
    if kept and not re.fullmatch(r"(https?://[^/?#\s]+)?(/[^/?#\s]+)*", kept):
        raise argparse.ArgumentTypeError(
            f"a root path is like /play, or a whole address like https://host/play, not {text[:80]!r}"
        )
    return kept


class BelowPath:
    """ASGI middleware that removes the root path if a proxy has not. So the page works behind a proxy that forwards
    the root path, behind one that strips it, and without a proxy."""

    def __init__(self, app: ASGIApp, root_path: str):
        self.app = app
        self.path = urlsplit(root_path).path.rstrip("/")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and self.path and f"{scope['path']}/".startswith(f"{self.path}/"):
            path = scope["path"][len(self.path) :] or "/"
            scope = {**scope, "path": path, "raw_path": quote(path).encode("ascii")}
        await self.app(scope, receive, send)
