"""Headers of every response: which sites may frame the page, and that proxies must not buffer event streams."""

from __future__ import annotations

import os

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

FRAMED_BY = (
    "'self'",
    "https://huggingface.co",
    "https://*.huggingface.co",
    "https://*.hf.space",
)  # these sites show a Space in a frame
MORE = "PLAYGROUND_FRAMED_BY"  # environment variable: further sites that may frame the page, in the syntax of CSP
STREAM = "text/event-stream"


def frame_ancestors() -> str:
    """The frame-ancestors directive of Content-Security-Policy. Semicolons and line breaks in the variable are
    removed, because they would end the directive."""
    more = os.environ.get(MORE, "").replace(";", " ").split()
    return f"frame-ancestors {' '.join([*FRAMED_BY, *more])}"


class AnswerHeaders:
    """ASGI middleware that adds the headers. Proxies may buffer or compress responses (nginx does so by default);
    event streams forbid both."""

    def __init__(self, app: ASGIApp):
        self.app = app
        self._always = {
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
            "Content-Security-Policy": frame_ancestors(),
            # A page that opened this one could lead it to an address that runs, with the key that a visitor has typed.
            "Cross-Origin-Opener-Policy": "same-origin",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=list(message["headers"]))
                headers.update(self._always)
                if headers.get("content-type", "").startswith(STREAM):
                    headers.update({"Cache-Control": "no-cache, no-transform", "X-Accel-Buffering": "no"})
                message = {**message, "headers": headers.raw}
            await send(message)

        await self.app(scope, receive, with_headers if scope["type"] == "http" else send)
