"""The page's own address: ``?page=`` names a page of the story, and gradio must not take it for one of its own.

Gradio reads a query parameter of that name as the route of a multi-page app, and answers an unknown one with a server error. The
browser reads the address by itself (assets/share.js), so the server may go without.
"""
from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

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
