"""Which requests come in: those that the page itself makes, and those of programs. Nothing of other websites.

Gradio brings routes that this page has no use for: uploads without a bound, recordings through ffmpeg, a relay to any
address. They are closed, and so is every route that a later Gradio adds. Gradio also lets every website read its answers
(CORS). A website could then start races in the name of its readers, and spend a host's keys; so it may neither ask nor
read. What is not of a browser sends none of these headers and is served as ever.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

API = "/gradio_api/"
OPEN = {  # first parts of the paths below API that are used
    *("queue", "call", "run", "api", "cancel", "reset", "heartbeat", "component_server", "deep_link"),
    *("info", "openapi.json", "startup-events", "app_id", "theme.css", "login_check", "token", "user"),
}
SAFE = ("GET", "HEAD")
BODY = "application/json"  # of every request but the login; a website cannot send it unasked
LOGIN = "/login"
MOST = 40 << 20  # bytes of a body: a run file of 16 MiB and a picture, as JSON
SITE = "Another website asked for this. Open the page itself."
CLOSED = "There is nothing here."
KIND = "Send JSON."
LARGE = "That is more than this page takes at once."


class Doors:
    """ASGI middleware. Refusals are a sentence each: 404 for a closed route, 403 for another website, 415 for a body
    that is no JSON, 413 for one of more than MOST bytes."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        status, says = 0, ""
        if scope["type"] == "http":
            status, says = refusal(scope["method"], path_of(scope), Headers(scope=scope))
            receive, send = Bounded(receive, MOST).receive, without_cors(send)
        await (refuse(send, status, says) if status else self.app(scope, receive, send))


def path_of(scope: Scope) -> str:
    """The path below the root path."""
    return "/" + scope["path"].removeprefix(scope.get("root_path", "")).lstrip("/")


def refusal(method: str, path: str, headers: Headers) -> tuple[int, str]:
    """(status, sentence) of a request that does not come in; (0, "") for one that does."""
    if not is_open(path):
        return 404, CLOSED
    if method in SAFE:
        return 0, ""
    if method == "OPTIONS" or headers.get("sec-fetch-site") == "cross-site":
        return 403, SITE
    length = headers.get("content-length", "0")
    if length.isdecimal() and int(length[:20]) > MOST:
        return 413, LARGE
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind and kind != BODY and path.rstrip("/") != LOGIN:
        return 415, KIND
    return 0, ""


def is_open(path: str) -> bool:
    """Whether a path is one of this page's."""
    if not path.startswith(API):
        return not path.startswith("/monitoring")
    rest = path.removeprefix(API)
    if rest.startswith("file="):
        return "://" not in rest and not rest.startswith(("file=http:", "file=https:"))
    return rest.partition("/")[0] in OPEN


class Bounded:
    """Receives a body of at most so many bytes, of which nobody said before how many they are. Raises ValueError."""

    def __init__(self, receive: Receive, most: int):
        self._receive, self._left = receive, most

    async def receive(self) -> Message:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise ValueError(LARGE)
        return message


def without_cors(send: Send) -> Send:
    """Sends without the headers that let another website read an answer."""

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": kept(message["headers"])}
        await send(message)

    return sent


def kept(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    return [(name, value) for name, value in headers if not name.lower().startswith(b"access-control-")]


async def refuse(send: Send, status: int, says: str) -> None:
    body = json.dumps({"detail": says, "error": says}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
