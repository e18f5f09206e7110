"""Two samplers in one race: what B may change, what they are called, and that neither touches the other's tokens."""

import json

import pytest

from playground.metrics.lane_metrics import measure
from playground.metrics.verdict import verdict
from playground.request.fields import RequestError
from playground.request.race_request import RaceRequest
from playground.request.rival import titles
from playground.trace.trace import Trace

BASE = {"prompt": "I need a dentist", "length": 16, "steps": 4, "seed": 3}


def parsed(versus, **values):
    return RaceRequest.parse({**BASE, **values, "versus": versus})


@pytest.mark.parametrize("nothing", ["", None, {}, "{}"])
def test_nothing_stands_for_the_ar_twin(nothing):
    assert parsed(nothing).versus == "" and parsed(nothing).rival is None


def test_an_object_and_its_text_are_the_same():
    assert parsed({"steps": 8, "noise": "mask"}) == parsed('{"noise": "mask", "steps": 8}')
    rival = parsed({"steps": 8}).rival
    assert (rival.steps, rival.seed, rival.length, rival.prompt, rival.versus) == (8, 3, 16, BASE["prompt"], "")


def test_another_rule_brings_its_own_level():
    request = parsed({"commit": "factor"}, commit="threshold", commit_level=0.2)
    assert request.rival.commit_level is None
    assert parsed({"steps": 8}, commit="threshold", commit_level=0.2).rival.commit_level == 0.2


@pytest.mark.parametrize(
    "versus, says",
    [
        ("{", "JSON object"),
        ("[1]", "JSON object"),
        (7, "JSON object"),
        ({"seed": 1}, "can differ in"),
        ({"steps": 99}, "Sampler B: .*at most 16 steps"),
        ({"commit": "sideways"}, "Sampler B: The commit rule"),
        ({"noise": "tokens"}, "Sampler B: On a canvas"),
        ("x" * 5000, "JSON object"),
    ],
)
def test_refusals(versus, says):
    with pytest.raises(RequestError, match=says):
        parsed(versus)


def test_a_request_reads_back_from_its_own_json():
    request = parsed({"steps": 8})
    assert RaceRequest.parse(json.loads(json.dumps(request.to_json()))) == request


def test_titles_tell_passes_order_and_what_differs():
    def named(versus, **values):
        request = parsed(versus, **values)
        return titles(request.to_json(), request.rival.to_json())

    assert named({"steps": 1}) == ("A: 4 passes, spread out", "B: 1 pass, spread out")
    assert named({"revise": "wino", "cache": "none"}) == (
        "A: 4 passes, spread out, no revision",
        "B: 4 passes, spread out, WINO",
    )
    assert named({"commit": "threshold", "commit_level": 0.5}) == (
        "A: 4 passes, spread out",
        "B: at most 4 passes, threshold, level 0.5",
    )
    assert named({"top_p": 0.5, "top_k": 9}, temperature=1) == (
        "A: 4 passes, spread out, top-p 1, top-k 0",
        "B: 4 passes, spread out, top-p 0.5, top-k 9",
    )
    assert named({"temperature": 0.7, "blocks": 2}) == (
        "A: 4 passes, spread out, 1 block, temperature 0",
        "B: 4 passes, spread out, 2 blocks, temperature 0.7",
    )


def finished(engine, **values):
    run = engine.start(RaceRequest.parse({**BASE, **values}))
    list(run.frames())
    return run.trace.validate()


@pytest.mark.parametrize(
    "versus",
    [
        {"steps": 8},
        {"commit": "threshold", "steps": 16},
        {"noise": "characters", "revise": "renoise"},
        {"temperature": 0.8},
        {"cache": "dual", "blocks": 2},
    ],
)
def test_each_lane_writes_what_it_writes_alone(tiny, versus):
    both = finished(tiny, versus=versus)
    assert [lane.key for lane in both.lanes] == ["diffusion", "diffusion.b"] and both.ended == "done"
    for key, alone in (("diffusion", finished(tiny)), ("diffusion.b", finished(tiny, **versus))):
        assert [c.id for c in both.canvas(key).values()] == [c.id for c in alone.canvas("diffusion").values()]
        assert len(both.frames_of(key)) == len(alone.frames_of("diffusion"))
    assert Trace.loads(both.dumps()).to_json() == both.to_json()


def test_the_verdict_of_two_samplers_calls_them_by_letter(tiny):
    trace = finished(tiny, versus={"steps": 16})
    line = trace.verdict["line"]
    assert line.startswith("A looked at the whole text 4 times, B 16 times. ") and "one look costs" not in line
    assert " A finished first: " in line or " B finished first: " in line or "A tie at " in line
    assert set(trace.verdict["lanes"]) == {"diffusion", "diffusion.b"}
    assert measure(trace, "diffusion.b").passes == 16
    assert verdict(trace, {}, "x")["line"].count("finished first") + verdict(trace, {}, "x")["line"].count("tie") == 1


def test_words_that_are_given_are_given_to_both(tiny):
    trace = finished(tiny, prompt="User: Hi\nAssistant: ___{4} dentist ___{4}.", versus={"steps": 2})
    pinned = [{at for at, c in trace.canvas(lane.key).items() if c.state == "pinned"} for lane in trace.lanes]
    assert pinned[0] == pinned[1] and pinned[0]
