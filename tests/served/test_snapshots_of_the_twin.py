"""The diffusion twin's own passes, sent in the shape in which Mercury sends its snapshots: the text comes from a model."""

from byte_server import DONE, STREAM, USAGE, ByteServer, chunk, served, snapshot
from playground.engine.served_model import ServedModel
from playground.request.race_request import RaceRequest
from playground.trace.trace import Trace

NOISE = "\x1f"
PROMPT = "Write a thank you email to Tom for the flowers."


def passes(twins):
    """What the twin's text is after each of its passes, with NOISE at open places, and its last text."""
    request = RaceRequest(PROMPT, length=32, steps=12)
    run = twins.diffusion.lane(request, "diffusion", "Diffusion", {"model": "twin-diffusion"})
    trace, texts = Trace({"id": "x"}, (run.lane,)), []
    for frame in run.frames:
        trace.frames.append(frame)
        cells = [cell for _, cell in sorted(trace.canvas("diffusion").items()) if cell.state != "prompt"]
        texts.append("".join(NOISE if cell.state == "noise" else cell.text for cell in cells))
    return texts[1:], trace.text("diffusion")


def test_every_pass_of_the_twin_arrives_as_a_frame_with_its_text(twins):
    texts, last = passes(twins)
    sent = [snapshot(text, "stop" if text is texts[-1] else None) for text in texts]
    steps = [step for one in sent for step in (one, 0.003)]
    with ByteServer([STREAM, chunk({"role": "assistant"}), *steps, snapshot("", "stop", 1), USAGE, DONE]) as server:
        source = ServedModel(served(server.url, "diffusion", shape="snapshots"), lambda record: "k")
        run = source.lane(RaceRequest(PROMPT, length=32), "remote", "Mercury", {"model": "made-up"})
        trace = Trace({"id": "x"}, (run.lane,), list(run.frames))
    trace = Trace.loads(trace.dumps())
    assert len(trace.frames) == 2 + len(texts) == 14
    assert [trace.text("remote", i) for i in range(1, 13)] == [text.replace(NOISE, "░") for text in texts]
    assert trace.text("remote") == last and trace.frames[-1].open == 0
    opened = [frame.open for frame in trace.frames[1:]]
    assert opened[0] > 0 and any(0 < frame.open < opened[0] for frame in trace.frames), "words settle on the way"
    remote = trace.lanes[0].about["remote"]
    assert (remote["unit"], remote["arrivals"], remote["finish"]) == ("snapshots", 12, "stop")
