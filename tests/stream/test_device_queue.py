"""The line for the device: one place for a visitor, turns that go round by address, and nobody locked out."""

import json

import pytest
from gradio_client import Client

from fakes import BlockingEngine
from playground.errors import PlaygroundError
from playground.stream.device_queue import GIVEN_UP, LONGEST_LINE, REPLACED, Turnstile, Visitor
from playground.stream.messages import Streams
from serving import served

SHORT = {"prompt": "I need a dentist", "length": 16, "steps": 4}


def visitor(number, address="here"):
    return Visitor(f"{address} {number}", address)


def in_order(turnstile):
    return [str(ticket.visitor and ticket.visitor.session) for ticket in turnstile._line]


def test_a_second_run_takes_over_the_place_of_the_first():
    line = Turnstile()
    for number in range(3):
        line.join(visitor(number))
    first = line._line[1]
    second = line.join(visitor(1))
    assert second.ahead() == 1 and in_order(line) == ["here 0", "here 1", "here 2"]
    with pytest.raises(PlaygroundError, match=REPLACED):
        first.ahead()


def test_a_run_that_has_its_turn_is_asked_to_end_and_keeps_the_device_until_it_has():
    line, ended = Turnstile(), []
    first = line.join(visitor(0), lambda: ended.append(True))
    line.join(visitor(1))
    second = line.join(visitor(0))
    assert ended == [True] and second.ahead() == 2
    third = line.join(visitor(0))
    assert third.ahead() == 2 and len(in_order(line)) == 3
    first.leave()
    assert third.ahead() == 1


def test_turns_go_round_by_address():
    line = Turnstile()
    for number in range(4):
        line.join(visitor(number))
    for number in range(2):
        line.join(visitor(number, "there"))
    line.join(visitor(0, "yonder"))
    assert in_order(line) == ["here 0", "there 0", "yonder 0", "here 1", "there 1", "here 2", "here 3"]


def test_visitors_from_one_address_stand_as_they_came():
    line = Turnstile()
    places = [line.join(visitor(number)).ahead() for number in range(LONGEST_LINE)]
    assert places == list(range(LONGEST_LINE))


def test_who_holds_all_places_gives_the_last_to_a_newcomer():
    line = Turnstile()
    tickets = [line.join(visitor(number)) for number in range(LONGEST_LINE)]
    with pytest.raises(PlaygroundError, match="16 runs are waiting"):
        line.join(visitor(99))
    newcomer = line.join(visitor(0, "there"))
    assert newcomer.ahead() == 1 and len(in_order(line)) == LONGEST_LINE
    with pytest.raises(PlaygroundError, match=GIVEN_UP):
        tickets[-1].ahead()
    tickets[-1].leave()
    assert len(in_order(line)) == LONGEST_LINE


def test_an_even_line_is_full_for_everyone():
    line = Turnstile()
    for number in range(LONGEST_LINE):
        line.join(visitor(0, f"address {number}"))
    with pytest.raises(PlaygroundError, match="16 runs are waiting"):
        line.join(visitor(0, "one more"))


def test_what_is_no_run_is_never_replaced():
    line = Turnstile()
    for _ in range(LONGEST_LINE):
        line.join()
    with pytest.raises(PlaygroundError, match="16 runs are waiting"):
        line.join(visitor(0))


def test_the_run_that_was_replaced_says_so_and_the_newer_one_is_made():
    engine = BlockingEngine()
    streams = Streams(engine)
    holder, mine = (streams.messages({**SHORT, "prompt": "please block"}, None, visitor(number)) for number in range(2))
    while json.loads(next(holder))["kind"] != "frames":
        pass
    assert [json.loads(next(mine))["kind"] for _ in range(2)] == ["start", "wait"]
    newer = streams.messages(SHORT, None, visitor(1))
    assert [json.loads(next(newer))["kind"] for _ in range(2)] == ["start", "wait"]
    *_, last = map(json.loads, mine)
    assert last["kind"] == "error" and last["message"] == REPLACED
    engine.release.set()
    list(holder)
    *_, last = map(json.loads, newer)
    assert last["ended"] == "done"


def test_eighteen_runs_of_one_client_hold_one_place():
    """Its newest run is made; another client waits for one run, not for eighteen."""
    engine = BlockingEngine()
    with served(engine) as address:
        greedy, other = Client(address, verbose=False), Client(address, verbose=False)
        first = greedy.submit(**{**SHORT, "prompt": "please block"}, api_name="/race")
        while not any(json.loads(message)["kind"] == "frames" for message in first.outputs()):
            assert not first.done()
        jobs = [greedy.submit(**{**SHORT, "prompt": f"number {number}"}, api_name="/race") for number in range(17)]
        waits = iter(other.submit(**SHORT, api_name="/race"))
        ahead = [json.loads(next(waits)) for _ in range(2)][1]["ahead"]
        assert ahead <= 2
        engine.release.set()
        ends = [json.loads(job.result(timeout=60)) for job in (first, *jobs)]
        *_, last = waits
        assert json.loads(last)["ended"] == "done"
        assert [end.get("ended") for end in ends].count("done") == 1
        assert all(end["kind"] == "end" or end["message"] == REPLACED for end in ends)
