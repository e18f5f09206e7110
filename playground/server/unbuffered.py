"""Messages that get through a proxy which holds answers back until it has a few kilobytes of them, as nginx does by default.

A header asks nginx not to (X-Accel-Buffering), and other proxies do not know it. So a message that comes after a silence is filled up
with spaces at the end of its line, where JSON has none of its own: every reader passes over them. Messages in quick succession
push each other through.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

FILL = 8 * 1024  # bytes; nginx holds back one or two pages of memory, 4 kB each
SILENCE_S = 0.2  # since the message before
END = b"\n\n"  # of a message in a stream of server-sent events


class Unbuffered:
    """ASGI middleware for streams of server-sent events; every other answer stays as it is."""

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
    """Spaces before the end of the last message, up to FILL bytes in all."""
    missing = FILL - len(body)
    if missing <= 0 or not body.endswith(END):
        return body
    return body[: -len(END)] + b" " * missing + END
