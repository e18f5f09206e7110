"""The race elsewhere is the roofline's, for the passes of the race itself, and says how far it is off."""

from dataclasses import replace

import pytest

from playground.estimates.elsewhere import elsewhere, errors
from playground.files import ROOT
from playground.trace.trace import Trace
from playground.ui.calculators.roofline import predict

FIRST = ROOT / "assets" / "traces" / "first.json"


@pytest.fixture
def first():
    return Trace.read(FIRST.read_bytes())


def test_it_says_what_the_panel_says(first):
    import json

    asked = {"prompt": first.lanes[0].prompt, "length": first.run["length"], "passes": first.run["steps"]}
    values = {"batch": 1, **asked, "overhead_ms": 0}
    panel = json.loads(predict(json.dumps({"model": "llada-8b", "device": "h100-sxm", "values": values})))["lanes"]
    found = elsewhere(first)
    assert found.ms == pytest.approx({key: panel[key]["ms"] for key in panel}, abs=0.001)
    assert found.ms_per_pass == pytest.approx(
        {"diffusion": found.ms["diffusion"] / asked["passes"], "ar": found.ms["ar"] / asked["length"]}, abs=1e-4
    )


def test_its_error_is_what_was_measured(first):
    look, step = errors()
    assert 2.2 < look < 2.4 and 1.9 < step < 2.1  # docs/BENCHMARKS.md, "One GPU": 11.0 and 9.0 ms
    assert f"took {look:.1f}× as long, steps {step:.1f}×" in elsewhere(first).error


@pytest.mark.parametrize(
    "change",
    [
        lambda trace: trace.run.update(guidance=1.0),
        lambda trace: setattr(trace, "lanes", trace.lanes[:1]),
        lambda trace: about(trace, 0, approximate=True),
        lambda trace: about(trace, 0, tokenizer="another"),
        lambda trace: about(trace, 1, remote={"provider": "x", "model": "y", "unit": "chunks"}),
        lambda trace: setattr(trace, "lanes", (trace.lanes[0], replace(trace.lanes[1], kind="diffusion"))),
        lambda trace: setattr(trace, "frames", [frame for frame in trace.frames if not frame.i]),
    ],
)
def test_it_is_left_out_where_it_would_not_be_the_same_race(first, change):
    change(first)
    assert elsewhere(first) is None


def about(trace, n, **also):
    lanes = list(trace.lanes)
    lanes[n] = replace(lanes[n], about={**lanes[n].about, **also})
    trace.lanes = tuple(lanes)


def test_given_words_are_read_and_not_written(first):
    """An AR lane that fills a gap takes as many passes as it writes tokens, and reads the rest along."""
    short = [frame for frame in first.frames if frame.lane != "ar" or frame.i <= 8]
    assert elsewhere(Trace(first.run, first.lanes, short)).ms["ar"] < elsewhere(first).ms["ar"] / 7
