"""Caches the responses that are the same for all visitors: the page, its configuration, gradio's scripts and styles.

Gradio renders the page for each visitor, which takes the interpreter 0.35 s while passes are timed; it compresses
each script for each request; and it sends the 631 kB of the page uncompressed. Here each response is rendered once
and compressed once. It has an etag, so a browser that already has it gets an empty response.

The page that gradio renders depends on the address by which the visitor reached it (``ADDRESS``), on the user if
there is a password, and on a deep link. Pages with a password or a deep link are not cached.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import logging
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

import brotli
from anyio import to_thread
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from playground.server.address import is_the_page

ADDRESS = (
    "host",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-gradio-server",
)  # headers from which gradio builds the page's address
RENDERED = ("", "/", "/config", "/gradio_api/info", "/manifest.json")  # paths whose response depends on that address
FILES = (
    "/assets/",
    "/static/",
    "/stage/",
    "/talk/",
    "/pictures/",
    "/theme.css",
    "/favicon.ico",
)  # paths of files, the same for every visitor
HASHED = "/assets/"  # files whose names contain a hash of their content
MADE_OF = ("page", "v")  # query parameters on which a response depends; the others are for the browser only
NEVER_KEPT = ("deep_link", "all_endpoints")  # query parameters of responses that are not cached
MOST_KEPT = 32 * 2**20  # bytes of the cache
LEAST_PACKED = 400  # bytes; compressing less gains nothing
PACKERS: Mapping[str, Callable[[bytes], bytes]] = {  # by content coding, best first
    "br": lambda body: brotli.compress(body, quality=6),
    "gzip": lambda body: gzip.compress(body, 6),
}
HALF = b"This could not be read whole. Load the page again."
PACKED_ALREADY = ("image/png", "font/", "image/x-icon")  # content types that are compressed in themselves


log = logging.getLogger(__name__)


@dataclass
class Answer:
    """A cached response."""

    headers: list[tuple[bytes, bytes]]
    body: bytes  # uncompressed
    etag: str
    packed: dict[str, bytes] = field(default_factory=dict)  # compressed bodies by coding, each made on first use

    @property
    def size(self) -> int:
        """Bytes of the body in all codings that are cached."""
        return len(self.body) + sum(map(len, self.packed.values()))

    async def in_coding(self, accepted: str) -> tuple[str, bytes]:
        """(name of the coding, body) in the best coding that the browser accepts. An empty name: not compressed.
        accepted: the Accept-Encoding header."""
        kind = Headers(raw=self.headers).get("content-type", "")
        if len(self.body) < LEAST_PACKED or kind.startswith(PACKED_ALREADY):
            return "", self.body
        for coding, pack in PACKERS.items():
            if accepts(accepted, coding):
                if coding not in self.packed:
                    self.packed[coding] = await to_thread.run_sync(pack, self.body)
                return coding, self.packed[coding]
        return "", self.body


class PageCache:
    """ASGI middleware that caches responses and sends them again."""

    def __init__(self, app: ASGIApp):
        self.app = app
        self._kept: OrderedDict[tuple, Answer] = OrderedDict()
        self._making = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        key = key_of(scope)
        if key is None:
            await self.app(scope, receive, send)
            return
        answer = self._kept.get(key)
        if answer is None and scope["method"] == "HEAD" and is_the_page(scope):
            await tell(
                send, 200, [(b"content-type", b"text/html; charset=utf-8")]
            )  # a HEAD request only asks whether the page exists, so it is not rendered
            return
        if answer is None:
            async with self._making:  # of several simultaneous requests only one renders the response
                answer = self._kept.get(key) or await self._make(key, scope, send)
        if answer is not None:
            self._kept.move_to_end(key)
            await give(answer, scope, send)

    async def _make(self, key: tuple, scope: Scope, send: Send) -> Answer | None:
        """Ask the application for the response and cache it. None if its status is not 200; it has then been sent as
        it is. A response is made to its end, though the visitor who asked first may leave before, and half of one is
        never kept: it would be everybody's."""
        start: Message = {}
        body: list[bytes] = []
        whole = False

        async def gather(message: Message) -> None:
            nonlocal start, whole
            if message["type"] == "http.response.start" and message["status"] == 200:
                start = message
            elif start and message["type"] == "http.response.body":
                body.append(message.get("body", b""))
                whole = not message.get("more_body", False)
            else:
                await send(message)

        plain = [
            (name, value) for name, value in scope["headers"] if name not in (b"if-none-match", b"if-modified-since")
        ]
        await self.app({**scope, "method": "GET", "headers": plain}, patient(), gather)
        if not start:
            return None
        made = b"".join(body)
        promised = Headers(raw=start["headers"]).get("content-length", str(len(made)))
        if not whole or promised != str(len(made)):
            log.warning(
                "Of %s only %s of %s bytes were made, so they are not sent.", scope["path"], len(made), promised
            )
            await tell(send, 503, [(b"content-type", b"text/plain; charset=utf-8")], HALF)
            return None
        answer = Answer(headers_of(start, scope), made, f'W/"{hashlib.sha256(made).hexdigest()[:20]}"')
        self._kept[key] = answer
        while sum(one.size for one in self._kept.values()) > MOST_KEPT and len(self._kept) > 1:
            self._kept.popitem(last=False)
        return answer


def patient() -> Receive:
    """What a response is made for: a request without a body whose visitor never leaves."""
    asked = False

    async def receive() -> Message:
        nonlocal asked
        if asked:
            await asyncio.Event().wait()
        asked = True
        return {"type": "http.request", "body": b"", "more_body": False}

    return receive


def is_rendered(scope: Scope) -> bool:
    """Whether gradio renders the response from the page."""
    return local_path(scope) in RENDERED


def local_path(scope: Scope) -> str:
    """The request's path without the root path."""
    return scope["path"].removeprefix(scope.get("root_path", ""))


def key_of(scope: Scope) -> tuple | None:
    """The cache key of a request; None if its response is not cached."""
    if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
        return None
    path, headers = local_path(scope), Headers(scope=scope)
    rendered = path in RENDERED
    query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
    if not (rendered or path.startswith(FILES)) or "range" in headers or any(name in query for name in NEVER_KEPT):
        return None
    if rendered and not is_open(scope):
        return None
    asked = tuple(query.get(name) for name in MADE_OF)
    if not rendered:
        return path, asked
    return path, asked, scope["path"], scope.get("root_path"), scope["scheme"], *(headers.get(name) for name in ADDRESS)


def is_open(scope: Scope) -> bool:
    """Whether the page needs no password and is therefore the same for every visitor."""
    app = scope.get("app")
    return getattr(app, "auth", None) is None and getattr(app, "auth_dependency", None) is None


def headers_of(start: Message, scope: Scope) -> list[tuple[bytes, bytes]]:
    """The headers to cache: those of the application's response that hold for every later one, and our own."""
    headers = MutableHeaders(raw=list(start["headers"]))
    for name in ("content-length", "etag", "last-modified", "content-encoding", "accept-ranges", "date"):
        del headers[name]
    headers["cache-control"] = "public, max-age=31536000, immutable" if HASHED in scope["path"] else "no-cache"
    headers.add_vary_header(", ".join(["Accept-Encoding", *ADDRESS[1:]]) if is_rendered(scope) else "Accept-Encoding")
    return headers.raw


def accepts(accepted: str, coding: str) -> bool:
    """Whether an Accept-Encoding header names a coding without q=0, which refuses it (RFC 9110, 12.5.3)."""
    for part in accepted.split(","):
        name, _, weight = part.partition(";")
        if name.strip().lower() == coding:
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


async def give(answer: Answer, scope: Scope, send: Send) -> None:
    """Send a cached response, or status 304 if the browser has it."""
    headers = Headers(scope=scope)
    known = [tag.strip() for tag in headers.get("if-none-match", "").split(",")]
    if answer.etag in known or answer.etag.removeprefix("W/") in known or "*" in known:
        await tell(send, 304, [*answer.headers, (b"etag", answer.etag.encode())])
        return
    coding, body = await answer.in_coding(headers.get("accept-encoding", ""))
    named = [(b"content-encoding", coding.encode())] if coding else []
    await tell(
        send,
        200,
        [*answer.headers, *named, (b"etag", answer.etag.encode()), (b"content-length", str(len(body)).encode())],
        b"" if scope["method"] == "HEAD" else body,
    )


async def tell(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes = b"") -> None:
    """Send a whole response."""
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
