"""What every answer says about itself: who may frame the page, and that a stream of events must not be held back on its way."""

from __future__ import annotations

import os

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

FRAMED_BY = (
    "'self'",
    "https://huggingface.co",
    "https://*.huggingface.co",
    "https://*.hf.space",
)  # a Space is shown in a frame of theirs
MORE = "PLAYGROUND_FRAMED_BY"  # of the environment: other sites that may show the page in a frame, as CSP writes them
STREAM = "text/event-stream"


def frame_ancestors() -> str:
    """The rule of Content-Security-Policy. Line breaks and semicolons would end it."""
    more = os.environ.get(MORE, "").replace(";", " ").split()
    return f"frame-ancestors {' '.join([*FRAMED_BY, *more])}"


class AnswerHeaders:
    """ASGI middleware. Proxies keep back what they may buffer or compress (nginx does by default), so streams forbid both."""

    def __init__(self, app: ASGIApp):
        self.app = app
        self._always = {
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
            "Content-Security-Policy": frame_ancestors(),
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
