"""A race with served lanes as messages: the device goes to the next visitor while a served lane is silent."""

import json
import threading
import time
import uuid

import pytest
import torch

from made_up_served import FAILS, TEXT, ServedSource, Thinks, failing, silent
from playground.engine.twins import Twins
from playground.served.budgets import BUSY, Budgets
from playground.served.keys import Keys
from playground.stream.device_queue import Visitor
from playground.stream.messages import Streams

AT_ONCE = 4  # calls under way
KEYS = Keys({"": "sk-made-up"}, host="none")  # of each visitor, for the made-up provider
SOON_S = 5  # of a silence of a minute
TWINS = ("twin-diffusion", "twin-ar")


class Page:
    """A page with served models, and the races of its visitors."""

    def __init__(self, tiny, *sources):
        self.streams = Streams(
            Twins(tiny.diffusion, tiny.ar, torch.device("cpu"), tiny.thread, *sources), Budgets(None, AT_ONCE, True)
        )

    def race(self, *models, **settings):
        lanes = [{"model": model} for model in models]
        values = {"prompt": "I need a dentist", "length": 16, "steps": 4, "lanes": lanes, **settings}
        visitor = Visitor(uuid.uuid4().hex, uuid.uuid4().hex)  # each race is another visitor's
        return map(json.loads, self.streams.messages(values, None, visitor, KEYS))


def until(messages, kind, **fields):
    """The messages up to the first of a kind that has these fields."""
    found = []
    for message in messages:
        found.append(message)
        if message["kind"] == kind and all(message.get(name) == value for name, value in fields.items()):
            return found
    raise AssertionError(f"no {kind} in {[each['kind'] for each in found]}")


def finals(messages):
    return [frame["lane"] for each in messages for frame in each.get("frames", ()) if frame["phase"] == "final"]


@pytest.fixture
def held():
    """An event that a served lane waits for."""
    event = threading.Event()
    yield event
    event.set()


def test_the_next_visitor_races_while_a_served_lane_is_silent(tiny, held):
    page = Page(tiny, ServedSource((TEXT[0], lambda: held.wait(60), TEXT[1])))
    first = page.race(*TWINS, "served")
    opened = until(first, "pulse")  # nothing more comes: the twins are done
    assert set(finals(opened)) == {"diffusion", "ar"}
    whole = list(page.race(*TWINS))
    assert whole[-1]["kind"] == "end" and whole[-1]["ended"] == "done"
    assert not any(message["kind"] == "wait" for message in whole)
    held.set()
    *rest, end = first
    assert finals(rest) == ["ar.b"] and end["ended"] == "done"


def test_messages_carry_the_clock_of_a_lane_that_is_silent(tiny, held):
    page = Page(tiny, ServedSource((TEXT[0], lambda: held.wait(60), TEXT[1])))
    messages = page.race(*TWINS, "served")
    seen = until(messages, "pulse") + until(messages, "pulse")
    clocks = [each["clocks"]["ar.b"] for each in seen if "clocks" in each]
    assert clocks == sorted(clocks) and len(clocks) > 2 and clocks[-1] > 400
    held.set()
    *_, end = messages
    assert "clocks" not in end


def test_messages_name_a_lane_that_thinks_before_its_text(tiny, held):
    page = Page(tiny, ServedSource((Thinks(held), *TEXT)))
    messages = page.race(*TWINS, "served")
    assert until(messages, "pulse", thinking=["ar.b"])
    held.set()
    *rest, end = messages
    assert "thinking" not in rest[-1] and "thinking" not in end


def test_a_race_without_served_lanes_has_the_messages_that_it_had(tiny):
    messages = list(Page(tiny, ServedSource()).race(*TWINS))
    assert {each["kind"] for each in messages} <= {"start", "lanes", "frames", "pulse", "end"}
    frames = [set(each) for each in messages if each["kind"] == "frames"]
    assert frames and all(each == {"kind", "id", "seq", "frames"} for each in frames)


def test_the_end_of_a_lane_is_a_message_of_its_own(tiny):
    messages = list(Page(tiny, ServedSource(key="good"), failing("bad")).race("twin-ar", "good", "bad"))
    ends = {each["key"]: each for each in messages if each["kind"] == "lane"}
    assert [ends["ar.b"]["fault"], ends["ar.c"]["fault"]] == ["", str(FAILS)]
    assert ends["ar.b"]["about"]["remote"]["usage"] == {"completion_tokens": 9}
    places = [n for n, each in enumerate(messages) if any(f["lane"] == "ar.c" for f in each.get("frames", ()))]
    assert messages.index(ends["ar.c"]) >= max(places), "a lane's end comes after its last frame"
    assert messages[-1]["ended"] == "done" and "ar.c" not in messages[-1]["verdict"]["lanes"]


@pytest.mark.parametrize("models", [(*TWINS, "silent"), ("silent",)], ids=["beside the twins", "alone"])
def test_a_stop_ends_a_silent_lane_in_its_silence(tiny, models):
    source = silent()
    page = Page(tiny, source)
    messages = page.race(*models)
    run = next(messages)["run"]
    until(messages, "pulse")
    stopped = time.monotonic()
    assert page.streams.stop(run)
    *_, end = messages
    assert time.monotonic() - stopped < SOON_S
    assert (end["kind"], end["ended"]) == ("end", "stopped") and source.closed.wait(SOON_S)
    assert page.streams.under_way() == 0


def test_a_visitor_who_leaves_ends_a_silent_lane(tiny):
    source = silent()
    page = Page(tiny, source)
    messages = page.streams.messages({"prompt": "Hi there", "length": 16, "steps": 4, "lanes": [{"model": "silent"}]})
    while json.loads(next(messages))["kind"] != "pulse":
        pass
    messages.close()
    assert source.closed.wait(SOON_S) and page.streams.under_way() == 0


def test_a_race_of_served_lanes_waits_for_no_device(tiny):
    page = Page(tiny, ServedSource())
    taken, held = threading.Event(), threading.Event()
    ticket = page.streams._turnstile.join()
    tiny.thread._pool.submit(lambda: (taken.set(), held.wait(60)))
    taken.wait(60)
    try:
        *_, end = page.race("served")
    finally:
        held.set()
        ticket.leave()
    assert end["ended"] == "done" and "chunks" in end["verdict"]["line"]


def test_there_is_a_most_of_runs_over_the_network(tiny, held):
    page = Page(tiny, ServedSource((lambda: held.wait(60), *TEXT)))
    under_way = [page.race("served") for _ in range(AT_ONCE)]
    for messages in under_way:
        until(messages, "lanes")
    assert [(each["kind"], each.get("message")) for each in page.race("served")][-1] == ("error", BUSY)
    *_, alone = page.race(*TWINS)
    assert alone["ended"] == "done", "a race without served lanes takes no such place"
    held.set()
    assert all([*messages][-1]["ended"] == "done" for messages in under_way)
    *_, again = page.race("served")
    assert again["ended"] == "done"
