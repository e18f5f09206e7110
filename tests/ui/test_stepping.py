"""A race's messages on an event loop: leaving at any moment, in the middle of a step included, closes the race."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext

import pytest

from asynchronous import run
from playground.ui.stepping import stepped


class Messages:
    """A generator that stands still in its second step until it is released, and tells when it was closed."""

    def __init__(self):
        self.working, self.release, self.closed = threading.Event(), threading.Event(), threading.Event()

    def __call__(self):
        try:
            yield "start"
            self.working.set()
            self.release.wait(30)
            yield "frames"
            yield "end"
        finally:
            self.closed.set()


@pytest.fixture
def pool():
    with ThreadPoolExecutor(4) as pool:
        yield pool


def test_all_messages_come_in_order(pool):
    made = Messages()
    made.release.set()

    async def read():
        return [message async for message in stepped(made(), nullcontext(), pool)]

    assert run(read()) == ["start", "frames", "end"] and made.closed.is_set()


def test_cancelling_in_the_middle_of_a_step_closes_the_race_after_it(pool):
    made = Messages()

    async def leave():
        async def read():
            async for _ in stepped(made(), nullcontext(), pool):
                pass

        reader = asyncio.create_task(read())
        await asyncio.to_thread(made.working.wait, 30)
        reader.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reader
        assert not made.closed.is_set(), "the step goes on"
        made.release.set()
        assert await asyncio.to_thread(made.closed.wait, 30)

    run(leave())


def test_leaving_after_the_start_closes_the_race(pool):
    made = Messages()

    async def leave():
        reader = stepped(made(), nullcontext(), pool)
        assert await anext(reader) == "start"
        await reader.aclose()

    run(leave())
    assert made.closed.is_set()
