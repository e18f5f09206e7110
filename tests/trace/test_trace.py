"""A trace keeps everything through JSON, replays to its text, and refuses what does not hold together."""

import json

import pytest

from playground.trace.trace import Change, Frame, Lane, Trace, TraceError


def small_trace() -> Trace:
    start = (Change(0, "Hi", None, "prompt", 7), Change(1, "", None, "noise", 1), Change(2, "", None, "noise", 1))
    first = (Change(1, " there", 0.5, "draft", 8), Change(2, "!", 0.875, "committed", 9))
    return Trace(
        run={"seed": 3},
        lanes=(Lane("diffusion", "diffusion", "Diffusion", 1, 2, {"end_id": 0}),),
        frames=[
            Frame("diffusion", 0, 0.0, 0.0, start, open=2),
            Frame("diffusion", 1, 4.0, 4.0, first, 1, 0.25, {2: (("!", 0.875), (".", 0.125))}, "clear"),
            Frame("diffusion", 2, 9.0, 5.0, (Change(1, " you", 0.75, "committed", 4),), 0, 0.5, {}, "final"),
        ],
        verdict={"line": "one"},
        ended="done",
    )


def test_round_trip_keeps_everything():
    trace = small_trace()
    assert Trace.loads(trace.dumps()) == trace


def test_canvas_at_any_frame_and_text():
    trace = small_trace()
    assert trace.canvas("diffusion", 0)[2].state == "noise"
    assert trace.canvas("diffusion", 1)[1] == Change(1, " there", 0.5, "draft", 8)
    assert trace.text("diffusion") == " you!"
    assert trace.text("diffusion", end=4) == ""


def broken(change):
    data = small_trace().to_json()
    change(data)
    return data


@pytest.mark.parametrize(
    "change, says",
    [
        (lambda d: d.update(version=2), "version"),
        (lambda d: d["frames"].pop(1), "out of order"),
        (lambda d: d["frames"][2].update(t_ms=90.0), "clock"),
        (lambda d: d["frames"][1]["changes"][0].__setitem__(0, 3), "outside the canvas"),
        (
            lambda d: d["frames"][1]["changes"][0].__setitem__(2, 1.5),
            r"frames\[1\].changes\[0\]\[2\] must be from 0 to 1",
        ),
        (lambda d: d["frames"][1]["changes"][0].__setitem__(3, "shiny"), "must be one of prompt, noise"),
        (lambda d: d["frames"][1].update(lane="other"), "belongs to no lane"),
        (lambda d: d["frames"][1].update(phase="blurred"), "must be one of noise, rough, clear, final"),
        (lambda d: d["frames"][1].pop("ms"), "has no ms"),
        (lambda d: d.pop("lanes"), "it has no lanes"),
        (lambda d: d.update(ended="maybe"), "ended must be one of done"),
        (lambda d: d.update(run=[1]), "run must be an object"),
        (lambda d: d.update(verdict="won"), "verdict must be an object or nothing"),
        (lambda d: d["lanes"][0].update(prompt=-1), "prompt must be from 0"),
        (lambda d: d["lanes"][0].update(length=10**9), "length must be from 0 to 4096"),
        (lambda d: d["lanes"][0].update(length=float("inf")), "not JSON of a run"),
        (lambda d: d["frames"][1].update(open=float("inf")), "not JSON of a run"),
        (lambda d: d["frames"][1].update(t_ms=float("nan")), "not JSON of a run"),
        (lambda d: d["lanes"][0].update(length=4096), "more than 4096 positions"),
        (lambda d: d["lanes"].append(d["lanes"][0]), "share a key"),
        (lambda d: d["verdict"].update(line=5), "verdict.line must be text"),
        (lambda d: d["lanes"][0].update(title="\ud800"), "half a character"),
        (lambda d: d["run"].update(commit=["x"]), "run.commit must be text or nothing"),
        (lambda d: d["frames"][1]["top"].update({"3": []}), "alternative"),
        (lambda d: d["frames"][1].update(top=[1]), "top must be an object"),
    ],
)
def test_refuses_what_does_not_hold_together(change, says):
    with pytest.raises(TraceError, match=says):
        Trace.loads(json.dumps(broken(change)))


@pytest.mark.parametrize("text", ["", "[]", "null", "{", "{}", "[" * 100_000, "9" * 5_000])
def test_refuses_other_files(text):
    with pytest.raises(TraceError, match="playground"):
        Trace.loads(text)
