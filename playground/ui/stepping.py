"""The messages of a race on an event loop. The first is made on the loop itself, one visitor after another, and the place in the
line is taken with it. The others may take long, and are made on a thread each time.
"""
from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import AsyncIterator, Generator

from anyio import CapacityLimiter, to_thread


async def stepped(
    messages: Generator[str, None, None], turn: AbstractAsyncContextManager[None], threads: CapacityLimiter
) -> AsyncIterator[str]:
    """turn: held while the first message is made. Closing it, or cancelling whoever waits for it, closes ``messages`` as soon as
    the step under way is made."""
    try:
        async with turn:
            first = next(messages)
        yield first
        while (message := await to_thread.run_sync(next, messages, None, limiter=threads)) is not None:
            yield message
    finally:
        messages.close()
