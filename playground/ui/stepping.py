"""Reads the messages of a race on an event loop. The event loop itself computes the first message, for one visitor at a
time: this is the step that takes a place in the queue. The later messages may take long, so each is computed on a
thread of a pool.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Generator
from concurrent.futures import Executor, Future
from contextlib import AbstractAsyncContextManager


async def stepped(
    messages: Generator[str, None, None], turn: AbstractAsyncContextManager[None], threads: Executor
) -> AsyncIterator[str]:
    """Yield the messages of a race. turn: entered while the first message is computed.

    Closing this generator, or cancelling the task that awaits it, closes ``messages`` after the current step, because a
    generator cannot be closed while it runs.
    """
    step: Future[str | None] | None = None
    try:
        async with turn:
            first = next(messages)
        yield first
        while True:
            step = threads.submit(next, messages, None)
            message = await asyncio.wrap_future(step)
            if message is None:
                return
            yield message
    finally:
        if step is None:
            messages.close()
        else:
            step.add_done_callback(lambda _: messages.close())  # at once if the step is done already
