"""A race as messages: the line for the device, stopping at any moment, and what happens when something breaks."""

import json
import queue
import subprocess
import sys
import threading

import pytest

from fakes import BlockingEngine, FakeEngine
from playground.errors import PlaygroundError
from playground.files import ROOT
from playground.stream import messages as stream
from playground.stream.device_queue import LONGEST_LINE
from playground.stream.messages import Streams

GOOD = {"prompt": "I need a dentist", "length": 16, "steps": 4}


def kinds(streams, **values):
    return [json.loads(message)["kind"] for message in streams.messages({**GOOD, **values})]


def held_device():
    """A race that holds the device until ``engine.release``, and the messages of one that will have to wait."""
    engine = BlockingEngine()
    streams = Streams(engine)
    first = streams.messages({**GOOD, "prompt": "please block"})
    while json.loads(next(first))["kind"] != "frames":
        pass
    return engine, streams, first, streams.messages(GOOD)


def test_the_page_never_imports_torch():
    code = "import sys, playground.ui.page; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


def test_messages_are_numbered_and_whole():
    messages = [json.loads(message) for message in Streams(FakeEngine()).messages(GOOD)]
    assert [message["seq"] for message in messages] == list(range(len(messages)))
    assert [m["kind"] for m in messages if m["kind"] not in ("frames", "pulse")] == ["start", "lanes", "end"]


@pytest.mark.parametrize("leave_after", ["start", "lanes", "frames"])
def test_leaving_at_any_message_frees_the_device(leave_after):
    engine = BlockingEngine()
    streams = Streams(engine)
    messages = streams.messages({**GOOD, "prompt": "please block"})
    for message in messages:
        if json.loads(message)["kind"] == leave_after:
            break
    messages.close()
    engine.release.set()
    assert kinds(streams)[-1] == "end"


def test_leaving_while_waiting_frees_the_place():
    engine, streams, first, second = held_device()
    assert [json.loads(next(second))["kind"] for _ in range(2)] == ["start", "wait"]
    second.close()
    engine.release.set()
    first.close()
    assert kinds(streams)[-1] == "end"


def test_stopping_while_waiting_ends_without_a_race():
    engine, streams, first, second = held_device()
    run = json.loads(next(second))["run"]
    assert json.loads(next(second)) | {"seq": 1} == {"kind": "wait", "id": run, "seq": 1, "ahead": 1}
    assert streams.stop(run)
    rest = [json.loads(message) for message in second]
    assert rest[-1]["kind"] == "end" and rest[-1]["ended"] == "stopped"
    assert len(engine.runs) == 1
    engine.release.set()
    first.close()


def test_a_thread_that_cannot_start_blocks_nobody(monkeypatch):
    streams = Streams(FakeEngine())

    def refuse(self):
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as broken:
        broken.setattr(threading.Thread, "start", refuse)
        assert kinds(streams) == ["start", "lanes", "error"]
    assert kinds(streams)[-1] == "end"


def test_a_line_that_is_too_long_is_refused_in_words():
    engine = BlockingEngine()
    streams = Streams(engine)
    waiting = [streams.messages({**GOOD, "prompt": "please block"}) for _ in range(LONGEST_LINE)]
    for messages in waiting:
        assert json.loads(next(messages))["kind"] == "start"
        next(messages)
    *_, last = map(json.loads, streams.messages(GOOD))
    assert last["kind"] == "error" and f"{LONGEST_LINE} runs are waiting" in last["message"]
    engine.release.set()
    for messages in waiting:
        messages.close()
    assert kinds(streams)[-1] == "end"


def test_what_breaks_is_one_sentence_and_the_log_has_the_rest(caplog):
    streams = Streams(FakeEngine())
    *_, last = map(json.loads, streams.messages({**GOOD, "prompt": "explode"}))
    assert last["kind"] == "error" and last["message"] == stream.FAILED
    assert "a kernel went missing" in caplog.text
    assert kinds(streams)[-1] == "end"


def test_questions_that_wait_for_the_device_leave_places_to_runs():
    streams, over, told = Streams(FakeEngine()), threading.Event(), queue.SimpleQueue()

    def ask():
        try:
            told.put(streams.in_turn(over.wait, 20))
        except PlaygroundError as error:
            told.put(str(error))

    for _ in range(stream.MOST_QUESTIONS + 1):
        threading.Thread(target=ask).start()
    assert "busy with other runs" in told.get(timeout=20), "one too many is told at once"
    run = streams.messages(GOOD)
    assert [json.loads(next(run))["kind"] for _ in range(2)] == ["start", "wait"], "it has a place"
    over.set()
    assert [json.loads(one)["kind"] for one in run][-1] == "end"
    assert [told.get(timeout=20) for _ in range(stream.MOST_QUESTIONS)] == [True] * stream.MOST_QUESTIONS
    assert streams.in_turn(lambda: "free again") == "free again"


@pytest.mark.parametrize(
    "asked",
    ["", "{", "[]", "[" * 5000, '{"position": ' + "1" * 5000 + "}", "x" * 10**6, None],
    ids=["nothing", "cut off", "no object", "deep", "long number", "long", "no text"],
)
def test_a_question_about_attention_that_cannot_be_read_says_what_it_must_be(asked):
    """A number of thousands of digits is refused by Python's reader in a way of its own."""
    said = json.loads(Streams(FakeEngine()).attention(asked))
    assert said == {"message": "What to look at must be JSON with model, ids and position."}
