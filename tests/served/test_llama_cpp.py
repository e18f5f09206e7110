"""A lane of a real server: llama.cpp with the AR twin's own weights."""

import pytest

pytest.importorskip("xllamacpp", reason="xllamacpp has no wheel for this platform, or is not installed")
pytest.importorskip("gguf", reason="gguf is not installed")

from byte_server import served
from playground.engine.served_model import ServedModel
from playground.errors import PlaygroundError
from playground.request.race_request import RaceRequest
from playground.trace.trace import Trace
from twin_server import twin_server

PROMPTS = ("Write a thank you email to Tom for the flowers.", "Book a flight from Boston to Rome on May 3.")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("twin")


def lane_of(server, prompt, **settings):
    source = ServedModel(served(server.url, maker="", seeded=True), lambda record: "")
    request = RaceRequest.parse({"prompt": prompt, "length": 32, **settings})
    return source.lane(request, "ar", "Made-up", {"model": "made-up"})


def local_text(twins, prompt):
    request = RaceRequest.parse({"prompt": prompt, "length": 32, "same_length": False})
    run = twins.ar.lane(request, "ar", "AR", {"model": "twin-ar"})
    trace = Trace({"id": "x"}, (run.lane,), list(run.frames))
    return trace.text("ar", end=run.lane.about["end_id"])


def test_the_text_over_the_network_is_that_of_the_same_weights_here_and_is_kept_when_the_server_dies(twins, folder):
    with twin_server(folder) as server:
        for prompt in PROMPTS:
            run = lane_of(server, prompt, same_length=False)
            trace = Trace({"id": "x"}, (run.lane,), list(run.frames))
            trace = Trace.loads(trace.dumps())
            assert trace.text("ar").strip() == local_text(twins, prompt).strip()
            remote = trace.lanes[0].about["remote"]
            assert remote["usage"]["completion_tokens"] in (remote["arrivals"], remote["arrivals"] + 1), "the end token"
            assert remote["finish"] in ("stop", "length") and remote["ignored"] == []
            assert remote["provider"] == "own server" and "127.0.0.1" not in trace.dumps()
        frames = lane_of(server, PROMPTS[0], length=256).frames
        kept = [next(frames) for _ in range(4)]
        server.process.kill()
        with pytest.raises(PlaygroundError, match="The connection to the server broke"):
            kept.extend(frames)
        assert all(frame.phase != "final" for frame in kept)
