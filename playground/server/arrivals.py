"""Serves visitors in the order in which their requests arrive.

Between a request and the call of our function gradio changes threads several times, which shuffles requests that arrive
together. So each request gets a number on arrival, and ``turn`` lets the numbers through in order.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

QUESTIONS = ("/queue/join", "/call/")  # gradio's paths for requests that may start a race
PATIENCE_S = 0.5  # longest wait for an earlier number: its visitor may have left, or want another function
KEY = "playground.arrival"


class Arrivals:
    """ASGI middleware that numbers requests."""

    def __init__(self, app: ASGIApp):
        self.app = app
        self._numbers = itertools.count()
        self._due: dict[int, asyncio.Event] = {}  # numbers that wait, in order; set for the first

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST" or not any(part in scope["path"] for part in QUESTIONS):
            return await self.app(scope, receive, send)
        number = next(self._numbers)
        self._due[number] = asyncio.Event()
        self._call_first()
        taken = False

        async def watched(message: Message) -> None:
            nonlocal taken
            taken = taken or (message["type"] == "http.response.start" and message["status"] == 200)
            await send(message)

        try:
            await self.app({**scope, KEY: (self, number)}, receive, watched)
        finally:
            if not taken:
                self.gone(number)

    def _call_first(self) -> None:
        if self._due:
            next(iter(self._due.values())).set()

    def gone(self, number: int) -> None:
        """Remove a number, and let the next one through if it was the first."""
        if self._due.pop(number, None):
            self._call_first()

    async def first(self, number: int) -> None:
        """Wait until no earlier number waits. After PATIENCE_S the earlier numbers are removed."""
        if number not in self._due:
            return
        try:
            await asyncio.wait_for(self._due[number].wait(), PATIENCE_S)
        except TimeoutError:
            for before in [other for other in self._due if other < number]:
                self.gone(before)


@asynccontextmanager
async def turn(scope: Scope | dict[str, Any], wait: bool = True) -> AsyncIterator[None]:
    """A context that a request enters when its turn comes, and that lets the next request through at its end. A
    request without a number, or with wait=False, enters at once. scope: of the request."""
    arrivals, number = scope.get(KEY, (None, None))
    if arrivals is None:
        yield
        return
    try:
        if wait:
            await arrivals.first(number)
        yield
    finally:
        arrivals.gone(number)
