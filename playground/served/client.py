"""Asks a served model once: connects, sends the request, and gives the reply piece by piece as it arrives.

httpx2 frames the events. It follows no redirect, reads no proxy and no .netrc from the environment, and asks for a reply
that is not compressed: compression holds chunks back.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache

import httpx2

from playground.served.asking import Ask
from playground.served.limits import Limits
from playground.served.reader import Piece, Reader
from playground.served.trouble import Trouble, names_in, wait_of, words_of

REFUSED = (400, 422)  # statuses with which a server says that it does not take a field
MOST_REFUSED = 3  # fields
KEY = re.compile(r"[!-~]+")  # what a header may hold
STREAM, JSON = "text/event-stream", "application/json"
PAGES = ("text/html", "application/xhtml+xml")


@dataclass(frozen=True)
class Arrival:
    """What came with one chunk."""

    t_ms: float  # since the request was sent
    piece: Piece | None  # None: the model is thinking


@dataclass(frozen=True)
class End:
    """How a reply ended."""

    t_ms: float  # when the last text came or the model said that it had finished, whichever is later
    reader: Reader
    connect_ms: float  # before this time, until the connection stood; 0 for one that stood before
    left_out: tuple[str, ...] = ()  # fields that the server refused at first


@dataclass
class Clock:
    """The wall clock of one request. It starts when the request is sent: once the connection stands."""

    start: float = field(default_factory=time.perf_counter)
    began: float | None = None  # when the connection began
    stood: float | None = None  # when it stood

    def ms(self) -> float:
        return 1000 * (time.perf_counter() - (self.stood or self.start))

    @property
    def connect_ms(self) -> float:
        return 0.0 if self.began is None or self.stood is None else 1000 * (self.stood - self.began)

    async def trace(self, name: str, info: object) -> None:
        """httpx2 calls this with the name of each step."""
        if name == "connection.connect_tcp.started":
            self.began = time.perf_counter()
        elif name in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            self.stood = time.perf_counter()


@cache
def tls() -> ssl.SSLContext:
    """The one TLS context of the process. It takes some 0.4 s to make, so it is made before a clock starts."""
    return httpx2.create_ssl_context()


def get_ready() -> None:
    """Do once what would otherwise count as a request's time, and keep addresses out of the log."""
    for name in ("httpx2", "httpcore2"):  # at INFO they write addresses
        logger = logging.getLogger(name)
        logger.setLevel(max(logging.WARNING, logger.level))
    tls()


async def ask_once(ask: Ask, key: str, limits: Limits, tell: Callable[[Arrival], None]) -> End:
    """Ask, and call ``tell`` for every arrival. Raises Trouble. Fields that the server refuses are left out, before any
    text, each once and at most MOST_REFUSED; the clock is then that of the request that was answered."""
    if key and not KEY.fullmatch(key):
        raise Trouble("key")
    left: list[str] = []
    try:
        async with asyncio.timeout(limits.total), _client(limits) as client:
            while True:
                try:
                    end = await _ask(client, ask, key, limits, tell)
                    return replace(end, left_out=tuple(left))
                except Trouble as trouble:
                    refused = trouble.status in REFUSED and len(left) < MOST_REFUSED
                    other = ask.without(f"{trouble.said} {trouble.named}") if refused else None
                    if other is None or other[1] in left:
                        raise
                ask = other[0]
                left.append(other[1])
    except TimeoutError:
        raise Trouble("long") from None


def _client(limits: Limits) -> httpx2.AsyncClient:
    timeout = httpx2.Timeout(limits.silence, connect=limits.connect)
    return httpx2.AsyncClient(verify=tls(), follow_redirects=False, trust_env=False, timeout=timeout)


async def _ask(client: httpx2.AsyncClient, ask: Ask, key: str, limits: Limits, tell: Callable[[Arrival], None]) -> End:
    headers = {"Accept-Encoding": "identity"} | ({"Authorization": f"Bearer {key}"} if key else {})
    clock, answered = Clock(), False
    extensions = {"trace": clock.trace}
    try:
        async with client.sse(
            ask.url,
            method="POST",
            json=dict(ask.body),
            headers=headers,
            extensions=extensions,
            max_event_size=limits.event,
        ) as source:
            answered = True
            response = source.response
            response.encoding = "utf-8-sig"  # as the standard of event streams has it; the mark before it is none of it
            if not response.is_success:
                raise await _refusal(response, limits)
            kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
            if kind == JSON:
                return await _whole(response, clock, limits, tell)
            if kind != STREAM:
                raise Trouble("page" if kind in PAGES else "type")
            return await _stream(source, clock, limits, tell)
    except httpx2.SSEError:
        trouble = Trouble("large")
    except (httpx2.ConnectError, httpx2.ConnectTimeout):
        trouble = Trouble("unreachable")
    except httpx2.TimeoutException:
        trouble = Trouble("silent")
    except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, ValueError):
        trouble = Trouble("cut" if answered else "mute")
    raise trouble  # out here, because an error of httpx2 holds the request, and the request its key


async def _stream(source: httpx2.EventSource, clock: Clock, limits: Limits, tell: Callable[[Arrival], None]) -> End:
    reader, last, size = Reader(), 0.0, 0
    try:
        async with asyncio.timeout(None) as patience:
            async for event in source:
                now, size = clock.ms(), size + len(event.data)
                if size > limits.reply:
                    raise Trouble("large")
                before = (reader.finish, reader.thought)
                piece = reader.take(event.event, event.data)
                if piece or (reader.finish and not before[0]):
                    last = now
                if piece or reader.thought > before[1]:
                    tell(Arrival(now, piece))
                if reader.done:
                    break
                if reader.finish:  # the model has ended; what still comes is its usage, if anything
                    patience.reschedule(asyncio.get_running_loop().time() + limits.closing)
    except (httpx2.TransportError, TimeoutError):
        if not reader.finish:
            raise
    if rest := reader.close():
        last = clock.ms()
        tell(Arrival(last, rest))
    return End(last or clock.ms(), reader, clock.connect_ms)


async def _whole(response: httpx2.Response, clock: Clock, limits: Limits, tell: Callable[[Arrival], None]) -> End:
    text = await _read(response, limits.whole)
    if len(text) >= limits.whole:
        raise Trouble("large")
    now, reader = clock.ms(), Reader()
    piece = reader.take_whole(text)
    for each in (piece, reader.close()):
        if each:
            tell(Arrival(now, each))
    return End(now, reader, clock.connect_ms)


async def _refusal(response: httpx2.Response, limits: Limits) -> Trouble:
    text = ""
    with suppress(httpx2.TransportError, TimeoutError):  # the status alone is enough
        async with asyncio.timeout(limits.closing):
            text = await _read(response, limits.refusal)
    try:
        data = json.loads(text)
        said, named = words_of(data) or text, names_in(data)
    except (ValueError, RecursionError):
        said, named = text, ""
    return Trouble("status", said, response.status_code, wait_of(response.headers, time.time()), named)


async def _read(response: httpx2.Response, most: int) -> str:
    """The text of a response, at most so many bytes of it."""
    data = b""
    async for part in response.aiter_bytes():
        data += part
        if len(data) >= most:
            break
    return data[:most].decode("utf-8-sig", "replace")
