"""Served lanes run beside the fair race: they hold nothing up, end when they are stopped, and fail alone."""

import json
import threading
import time

import pytest
import torch

from made_up_served import CAP, FAILS, TEXT, ServedSource, failing, silent
from playground.engine.race_run import BROKE_OFF, ELSEWHERE, ENDED_EARLY
from playground.engine.twins import Twins
from playground.request.race_request import RaceRequest
from playground.trace.trace import Trace

TWINS = [{"model": "twin-diffusion"}, {"model": "twin-ar"}]
SOON_S = 5  # of a silence of a minute


def begun(tiny, *sources, twins=TWINS):
    engine = Twins(tiny.diffusion, tiny.ar, torch.device("cpu"), tiny.thread, *sources)
    lanes = [*twins, *({"model": source.record.key} for source in sources)]
    return engine.start(
        RaceRequest.parse({"prompt": "I need a dentist", "length": 16, "steps": 4, "lanes": json.dumps(lanes)})
    )


def finished(tiny, *sources, twins=TWINS):
    run = begun(tiny, *sources, twins=twins)
    frames = list(run.frames())
    assert frames == run.trace.frames
    return run.trace


def plain(frames):
    return [(frame.lane, frame.i, frame.changes, frame.phase) for frame in frames]


def test_the_twins_race_as_they_do_without_a_served_lane(tiny):
    alone = finished(tiny)
    beside = finished(tiny, ServedSource((0.01, *TEXT, 0.01, " Bye.")))
    for key in ("diffusion", "ar"):
        assert plain(beside.frames_of(key)) == plain(alone.frames_of(key))
    order = [frame for frame in beside.frames if frame.lane != "ar.b"]
    clocks = {"diffusion": 0.0, "ar": 0.0}
    for frame in order[2:]:  # each pass is of the lane whose clock showed the least time
        assert frame.t_ms - frame.ms == pytest.approx(min(clocks.values()))
        clocks[frame.lane] = frame.t_ms if frame.phase != "final" else float("inf")
    assert beside.ended == "done" and beside.text("ar.b") == "".join(TEXT) + " Bye."


def test_a_served_lane_is_pulled_on_a_thread_of_its_own(tiny):
    source = ServedSource()
    finished(tiny, source)
    assert source.thread == "lane-ar.b"


def test_a_silent_lane_holds_no_other(tiny):
    """The silence ends only when the race has given up the device."""
    free = threading.Event()
    run = begun(tiny, ServedSource((TEXT[0], lambda: free.wait(60), TEXT[1])))
    *_, last = run.frames(free.set)
    assert run.trace.ended == "done" and (last.lane, last.phase) == ("ar.b", "final")
    order = [frame.lane for frame in run.trace.frames if frame.phase == "final"]
    assert order[-1] == "ar.b" and free.is_set()


def test_the_clock_of_a_silent_lane_goes_on_until_it_ends(tiny):
    run = begun(tiny, silent(0.3))
    clocks = []
    for _ in run.frames():
        clocks.append(run.clocks())
    silences = [each["ar.b"] for each in clocks if "ar.b" in each]
    assert silences == sorted(silences) and silences[-1] > 0 and run.clocks() == {}


@pytest.mark.parametrize("from_thread", [True, False], ids=["stop", "leave"])
def test_a_stop_ends_a_silent_lane_at_once(tiny, from_thread):
    source = silent()
    run = begun(tiny, source)
    frames = run.frames()
    for frame in frames:
        if frame.lane == "ar.b" and frame.i == 1:
            break
    stopped = time.monotonic()
    if from_thread:
        run.stop()
        list(frames)
    else:
        frames.close()
    assert time.monotonic() - stopped < SOON_S
    assert source.closed.wait(SOON_S) and run.trace.ended == "stopped" and run.trace.verdict is None
    assert "faults" not in run.trace.run, "a lane that was stopped did not fail"


def test_a_lane_that_fails_keeps_its_text_and_the_others_finish(tiny):
    heard = []
    run = begun(tiny, failing())
    list(run.frames(ended=lambda lane, fault: heard.append((lane.key, fault))))
    trace = Trace.loads(run.trace.dumps())
    assert heard == [("ar.b", str(FAILS))] and trace.run["faults"] == {"ar.b": str(FAILS)}
    assert trace.ended == "done" and trace.text("ar.b") == "".join(TEXT[:3])
    assert set(trace.verdict["lanes"]) == {"diffusion", "ar"}
    assert "Served failing did not finish; its lane says why." in trace.verdict["line"]


@pytest.mark.parametrize(
    "script, says", [((TEXT[0], ValueError("sk-secret")), BROKE_OFF), ((TEXT[0], 0.0), ENDED_EARLY)]
)
def test_other_ends_of_a_lane_are_sentences_too(tiny, caplog, script, says):
    trace = finished(tiny, ServedSource(script))
    assert trace.run["faults"] == {"ar.b": says} and trace.ended == "done"


def test_a_race_of_served_lanes_needs_no_device(tiny):
    """The device's thread is taken all the while."""
    taken, held = threading.Event(), threading.Event()
    tiny.thread._pool.submit(lambda: (taken.set(), held.wait(60)))
    taken.wait(60)
    try:
        trace = finished(tiny, ServedSource(key="one"), ServedSource((0.05, *TEXT), key="two", unit="blocks"), twins=[])
    finally:
        held.set()
    assert trace.ended == "done" and trace.run["device_name"] == ELSEWHERE and trace.run["checkpoints"] == {}


def test_when_every_lane_fails_the_race_has_failed(tiny):
    trace = finished(tiny, failing("one"), failing("two"), twins=[])
    assert trace.ended == "error" and trace.verdict is None and set(trace.run["faults"]) == {"ar", "ar.b"}


def test_what_a_lane_knows_at_its_end_is_in_its_trace(tiny):
    lane = finished(tiny, ServedSource(unit="blocks")).lane("ar.b")
    assert lane.about["remote"] | {"usage": {"completion_tokens": 9}, "connect_ms": 12.5} == lane.about["remote"]
    assert lane.about["note"] == (
        "Wall clock, network included. It sends finished blocks, not steps. It ignores the seed and temperature 0."
    )
    assert lane.length == CAP


def test_same_length_is_of_the_twins_alone(tiny):
    """A served lane has no tokenizer here, so it cannot keep the twins from writing the same number of tokens."""
    trace = finished(tiny, ServedSource())
    assert trace.run["same_length"] and "note" not in trace.lane("diffusion").about
