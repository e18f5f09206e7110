"""The same run as a streaming endpoint for gradio_client, bad values included."""

import json

import pytest
from gradio_client import Client

from fakes import FakeEngine
from playground.trace.trace import Trace
from serving import served

GOOD = {
    "prompt": "I need a dentist",
    "length": 16,
    "steps": 4,
    "commit": "confidence",
    "temperature": 0.0,
    "seed": 0,
    "blocks": 1,
    "same_length": True,
}


@pytest.fixture(scope="module")
def client():
    with served(FakeEngine(pace=0.02)) as address:
        yield Client(address, verbose=False)


@pytest.fixture(scope="module")
def twin_client(tiny):
    with served(tiny) as address:
        yield Client(address, verbose=False)


def stream(client, **values):
    return [json.loads(message) for message in client.submit(*{**GOOD, **values}.values(), api_name="/race")]


def test_the_stream_is_a_trace(twin_client):
    messages = stream(twin_client)
    assert [message["seq"] for message in messages] == list(range(len(messages)))
    kinds = [message["kind"] for message in messages if message["kind"] not in ("pulse", "frames")]
    assert kinds == ["start", "lanes", "end"]
    lanes, end = (next(m for m in messages if m["kind"] == kind) for kind in ("lanes", "end"))
    frames = [frame for message in messages if message["kind"] == "frames" for frame in message["frames"]]
    trace = Trace.from_json({**lanes, "frames": frames, "verdict": end["verdict"], "ended": end["ended"]})
    assert trace.ended == "done" and len(trace.frames_of("diffusion")) == 5 and len(trace.frames_of("ar")) == 17
    assert trace.run["prompt_text"] == "User: I need a dentist\nAssistant:"


def test_frames_arrive_while_passes_are_made(client):
    """More than one message of frames: the run is streamed, not delivered."""
    messages = stream(client, length=64, steps=32)
    assert sum(message["kind"] == "frames" for message in messages) > 2


ARGUMENTS = (  # public: calls by position hold them in this order, so a new one comes last
    "prompt length steps commit temperature seed blocks same_length noise commit_level revise revise_level cache guidance "
    "share places ending resume versus top_p top_k"
).split()


def test_arguments_keep_their_order_so_that_older_calls_mean_what_they_meant(client):
    shown = client.view_api(print_info=False, return_format="dict")["named_endpoints"]["/race"]["parameters"]
    assert [argument["parameter_name"] for argument in shown][: len(ARGUMENTS)] == ARGUMENTS
    named = client.submit(**{**GOOD, "temperature": 0.7, "top_p": 0.5, "top_k": 9}, api_name="/race")
    lanes = next(message for message in map(json.loads, named) if message["kind"] == "lanes")
    assert (lanes["run"]["top_p"], lanes["run"]["top_k"]) == (0.5, 9)
    assert stream(client)[-1]["ended"] == "done"


@pytest.mark.parametrize(
    "values, says",
    [
        ({"length": "many"}, "length must be a number"),
        ({"length": 1000}, "between 8 and 512"),
        ({"steps": 0}, "steps"),
        ({"steps": None}, "steps must be a number"),
        ({"commit": "sideways"}, "commit rule must be one of"),
        ({"temperature": "hot"}, "temperature must be a number"),
        ({"seed": -3}, "seed"),
        ({"blocks": 2.5}, "whole number"),
        ({"same_length": "banana"}, "same_length must be true or false"),
        ({"prompt": ""}, "The prompt is empty"),
        ({"prompt": 7}, "must be text"),
        ({"prompt": "x" * 5000}, "Shorten it"),
        ({"prompt": "explode"}, "Something went wrong in this run"),
    ],
)
def test_bad_values_are_answered_in_words_and_the_server_goes_on(client, values, says):
    *_, last = stream(client, **values)
    assert last["kind"] == "error" and says in last["message"]
    assert stream(client)[-1]["ended"] == "done"


def test_cancelling_stops_the_run():
    engine = FakeEngine(pace=10.0)
    with served(engine) as address:
        job = Client(address, verbose=False).submit(*{**GOOD, "length": 128, "steps": 128}.values(), api_name="/race")
        for message in job:
            if json.loads(message)["kind"] == "frames":
                break
        job.cancel()
        assert engine.runs[-1].over.wait(30)
        assert engine.runs[-1].passed < 60, "a whole run makes 196 passes"
