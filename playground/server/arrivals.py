"""Visitors are served in the order in which they came.

Between a visitor's question and the call of our function gradio changes threads a few times, and those who came together come out
shuffled. So each question gets a number as it comes in, and ``turn`` lets the numbers through in order.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

QUESTIONS = ("/queue/join", "/call/")  # gradio's addresses that a race is asked for at
PATIENCE_S = (
    0.5  # for a number that came before: its question may have been for another function, or its visitor may have left
)
KEY = "playground.arrival"


class Arrivals:
    """ASGI middleware that numbers the questions."""

    def __init__(self, app: ASGIApp):
        self.app = app
        self._numbers = itertools.count()
        self._due: dict[int, asyncio.Event] = {}  # who has come and not gone on, in order; set: it is the first

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
        """Let the next one through."""
        if self._due.pop(number, None):
            self._call_first()

    async def first(self, number: int) -> None:
        """Wait until nobody who came before is still on the way."""
        if number not in self._due:
            return
        try:
            await asyncio.wait_for(self._due[number].wait(), PATIENCE_S)
        except TimeoutError:
            for before in [other for other in self._due if other < number]:
                self.gone(before)


@asynccontextmanager
async def turn(scope: Scope | dict[str, Any], wait: bool = True) -> AsyncIterator[None]:
    """Holds while it is the turn of a question; at once for one that no middleware has seen, or that need not wait."""
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
