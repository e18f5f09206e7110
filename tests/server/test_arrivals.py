"""Places in the line follow the order of arrival, whatever gradio's threads do in between; nobody who leaves holds others up."""

import asyncio
import random

import pytest

from asynchronous import run
from playground.server import arrivals
from playground.server.arrivals import Arrivals, turn


def scope(path="/gradio_api/queue/join", method="POST"):
    return {"type": "http", "method": method, "path": path, "headers": []}


class Gradio:
    """An application that takes each question on after a delay of its own, as gradio's threads do."""

    def __init__(self, delays, status=200):
        self.delays, self.status, self.order, self.tasks = delays, status, [], []

    async def __call__(self, scope, receive, send):
        number = len(self.tasks)
        self.tasks.append(asyncio.create_task(self.race(number, scope)) if self.status == 200 else None)
        await send({"type": "http.response.start", "status": self.status, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def race(self, number, scope):
        await asyncio.sleep(self.delays[number])
        async with turn(scope):
            self.order.append(number)


async def nothing(*_):
    return {"type": "http.request"}


def test_shuffled_questions_come_out_in_order():
    delays = [n / 500 for n in range(60)]
    random.Random(3).shuffle(delays)

    async def rush():
        app = Gradio(delays)
        door = Arrivals(app)
        for _ in delays:
            await door(scope(), nothing, nothing)
        await asyncio.gather(*app.tasks)
        return app.order

    assert run(rush()) == list(range(60))


def test_a_question_that_was_refused_holds_nobody_up(monkeypatch):
    async def rush():
        door = Arrivals(Gradio([], status=422))
        await door(scope(), nothing, nothing)
        door.app = Gradio([0.0])
        await door(scope(), nothing, nothing)
        await asyncio.wait_for(asyncio.gather(*door.app.tasks), 10)
        return door.app.order

    monkeypatch.setattr(arrivals, "PATIENCE_S", 60)
    assert run(rush()) == [0]


def test_one_that_never_comes_back_holds_the_others_up_once(monkeypatch):
    monkeypatch.setattr(arrivals, "PATIENCE_S", 0.05)

    async def rush():
        app = Gradio([3600, 0, 0, 0])
        door = Arrivals(app)
        for _ in app.delays:
            await door(scope(), nothing, nothing)
        await asyncio.gather(*app.tasks[1:])
        app.tasks[0].cancel()
        return app.order, len(door._due)

    assert run(rush()) == ([1, 2, 3], 0)


def test_who_need_not_wait_holds_nobody_up(monkeypatch):
    monkeypatch.setattr(arrivals, "PATIENCE_S", 60)

    async def rush():
        seen = []

        async def app(scope, receive, send):
            seen.append(scope)
            await send({"type": "http.response.start", "status": 200, "headers": []})

        door = Arrivals(app)
        for _ in range(3):
            await door(scope(), nothing, nothing)
        for number, waits in ((2, False), (0, True), (1, True)):
            async with turn(seen[number], waits):
                pass
        return len(door._due)

    assert run(asyncio.wait_for(rush(), 20)) == 0


@pytest.mark.parametrize("other", [scope("/", "GET"), scope("/gradio_api/component_server")])
def test_other_requests_get_no_number(other):
    async def ask():
        seen = []

        async def app(scope, receive, send):
            seen.append(scope)
            async with turn(scope):
                pass

        await Arrivals(app)(other, nothing, nothing)
        return seen

    assert arrivals.KEY not in run(ask())[0]
