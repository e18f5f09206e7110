"""The messages of a race on an event loop. The first is made on the loop itself, one visitor after another, and the place in the
line is taken with it. The others may take long, and are made on a thread each time.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Generator
from concurrent.futures import Executor, Future
from contextlib import AbstractAsyncContextManager


async def stepped(
    messages: Generator[str, None, None], turn: AbstractAsyncContextManager[None], threads: Executor
) -> AsyncIterator[str]:
    """turn: held while the first message is made. Closing it, or cancelling whoever waits for it, closes ``messages`` as soon as
    the step under way is made: a generator cannot be closed while it works."""
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
            step.add_done_callback(lambda _: messages.close())  # at once where it is done
