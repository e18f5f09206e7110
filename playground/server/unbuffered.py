"""Pads messages so that a proxy with a buffer of a few kilobytes forwards them at once.

nginx has such a buffer by default. The header X-Accel-Buffering turns it off in nginx, but other proxies do not know
it. So a message that follows a pause is padded with spaces at the end of its line, after the JSON, where every parser
ignores them. Messages in quick succession need no padding: each pushes the one before through the buffer.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

FILL = 8 * 1024  # bytes of a padded message; nginx buffers one or two memory pages of 4 kB
SILENCE_S = 0.2  # pause after which a message is padded
END = b"\n\n"  # end of a message in a stream of server-sent events


class Unbuffered:
    """ASGI middleware that pads streams of server-sent events. It changes no other response."""

    def __init__(self, app: ASGIApp, clock: Callable[[], float] = time.monotonic):
        self.app, self.clock = app, clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        events, latest = False, float("-inf")

        async def filled(message: Message) -> None:
            nonlocal events, latest
            if message["type"] == "http.response.start":
                events = any(
                    name == b"content-type" and value.startswith(b"text/event-stream")
                    for name, value in message["headers"]
                )
            elif events and message.get("body"):
                now = self.clock()
                if now - latest > SILENCE_S:
                    message = {**message, "body": fill(message["body"])}
                latest = now
            await send(message)

        await self.app(scope, receive, filled if scope["type"] == "http" else send)


def fill(body: bytes) -> bytes:
    """The body with spaces before the end of its last message, so that it has at least FILL bytes. A body that does
    not end with a whole message is returned unchanged."""
    missing = FILL - len(body)
    if missing <= 0 or not body.endswith(END):
        return body
    return body[: -len(END)] + b" " * missing + END
