"""A trace keeps everything through JSON, replays to its text, and refuses what does not hold together."""
import json

import pytest

from playground.trace import Change, Frame, Lane, Trace, TraceError


def small_trace() -> Trace:
    start = (Change(0, "Hi", None, "prompt", 7), Change(1, "", None, "noise", 1), Change(2, "", None, "noise", 1))
    first = (Change(1, " there", 0.5, "draft", 8), Change(2, "!", 0.875, "committed", 9))
    return Trace(
        run={"seed": 3}, lanes=(Lane("diffusion", "diffusion", "Diffusion", 1, 2, {"end_id": 0}),),
        frames=[
            Frame("diffusion", 0, 0.0, 0.0, start, open=2),
            Frame("diffusion", 1, 4.0, 4.0, first, 1, 0.25, {2: (("!", 0.875), (".", 0.125))}, "clear"),
            Frame("diffusion", 2, 9.0, 5.0, (Change(1, " you", 0.75, "committed", 4),), 0, 0.5, {}, "final"),
        ],
        verdict={"line": "one"}, ended="done",
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


@pytest.mark.parametrize("change, says", [
    (lambda d: d.update(version=2), "version"),
    (lambda d: d["frames"].pop(1), "out of order"),
    (lambda d: d["frames"][2].update(t_ms=90.0), "clock"),
    (lambda d: d["frames"][1]["changes"][0].__setitem__(0, 3), "outside the canvas"),
    (lambda d: d["frames"][1]["changes"][0].__setitem__(2, 1.5), "not a probability"),
    (lambda d: d["frames"][1]["changes"][0].__setitem__(3, "shiny"), "unknown state"),
    (lambda d: d["frames"][1].update(lane="other"), "does not list"),
    (lambda d: d["frames"][1].update(phase="blurred"), "unknown phase"),
    (lambda d: d["frames"][1].pop("ms"), "cannot be read"),
    (lambda d: d.pop("lanes"), "no lanes"),
    (lambda d: d.update(ended="maybe"), "ending"), (lambda d: d.update(run=[1]), "head of this run file"),
    (lambda d: d.update(verdict="won"), "head of this run file"), (lambda d: d["lanes"][0].update(prompt=-1), "negative"),
    (lambda d: d["lanes"][0].update(length=10**9), "more than 4,096 positions"),
    (lambda d: d["lanes"][0].update(length=float("inf")), "lane of this run file cannot be read"),
    (lambda d: d["frames"][1].update(open=float("inf")), "frame of this run file cannot be read"),
    (lambda d: d["frames"][1].update(t_ms=float("nan")), "clock"),
    (lambda d: d["frames"][1].update(top=[1]), "cannot be read"),
])
def test_refuses_what_does_not_hold_together(change, says):
    with pytest.raises(TraceError, match=says):
        Trace.loads(json.dumps(broken(change)))


@pytest.mark.parametrize("text", ["", "[]", "null", "{", "{}", "[" * 100_000, "9" * 5_000])
def test_refuses_other_files(text):
    with pytest.raises(TraceError, match="playground"):
        Trace.loads(text)
