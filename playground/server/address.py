"""The page's own address: the path it stands below, and ``?page=``, which names a page of the story and which gradio must not take
for one of its own.

Gradio reads a query parameter of that name as the route of a multi-page app, and answers an unknown one with a server error. The
browser reads the address by itself (assets/page/link.js), so the server may go without.
"""

from __future__ import annotations

import argparse
import re
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

OURS = "page"


class OwnPage:
    """ASGI middleware that takes ``page`` out of the query of the page itself; every other address stays as it is."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and OURS.encode() in scope["query_string"] and is_the_page(scope):
            query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
            kept = [(name, value) for name, value in query if name != OURS]
            scope = {**scope, "query_string": urlencode(kept).encode("latin-1")}
        await self.app(scope, receive, send)


def is_the_page(scope: Scope) -> bool:
    """Whether an address is that of the page, which may be served below a root path."""
    return scope["path"].removeprefix(scope.get("root_path", "")) in ("", "/")


def root_path(text: str) -> str:
    """A path such as /play, or a whole address with one, as gradio wants it: no slash at the end; empty for none. Raises
    ArgumentTypeError, which argparse turns into a sentence."""
    kept = text.strip().rstrip("/")
    if kept and not re.fullmatch(r"(https?://[^/?#\s]+)?(/[^/?#\s]+)*", kept):
        raise argparse.ArgumentTypeError(
            f"a root path is like /play, or a whole address like https://host/play, not {text[:80]!r}"
        )
    return kept


class BelowPath:
    """ASGI middleware that takes the root path off where a proxy has left it on. So a proxy may pass addresses on with or without
    it, and the page can be opened without the proxy too."""

    def __init__(self, app: ASGIApp, root_path: str):
        self.app = app
        self.path = urlsplit(root_path).path.rstrip("/")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and self.path and f"{scope['path']}/".startswith(f"{self.path}/"):
            path = scope["path"][len(self.path) :] or "/"
            scope = {**scope, "path": path, "raw_path": quote(path).encode("ascii")}
        await self.app(scope, receive, send)
