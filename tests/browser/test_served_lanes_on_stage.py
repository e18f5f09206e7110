"""Served lanes on the stage: a silent one holds no other, a failed one says why, and none is drawn as what it is not."""

import json
import threading
from urllib.parse import urlencode

import pytest
import torch

from made_up_served import FAILS, TEXT, ServedSource, Thinks, failing, silent
from playground.engine.twins import Twins
from playground.export.html import to_html
from playground.trace.trace import Trace
from serving import served
from stage_driver import Stage

TWINS = ({"model": "twin-diffusion"}, {"model": "twin-ar"})
SERVED = ".lane[data-key='ar.b']"


@pytest.fixture(scope="module")
def held():
    """What the lane named "waits" waits for."""
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture(scope="module")
def home(tiny, held):
    sources = (
        ServedSource((TEXT[0], lambda: held.wait(60), *TEXT[1:]), "waits"),
        ServedSource((Thinks(held), *TEXT), "thinks"),
        ServedSource(key="quick"),
        ServedSource(key="uncounted", unit="blocks", usage=None),
        silent(8.5, "pauses"),
        failing("fails"),
    )
    with served(Twins(tiny.diffusion, tiny.ar, torch.device("cpu"), tiny.thread, *sources)) as address:
        yield address


def begun(open_page, home, *models, twins=TWINS, **options):
    """The page on a link that races the twins and served models, in real time."""
    lanes = [*twins, *({"model": model} for model in models)]
    settings = {"prompt": "I need a dentist", "length": 16, "steps": 4, "lanes": json.dumps(lanes), "run": 1}
    page = open_page(f"{home}?{urlencode(settings)}", **options)
    page.evaluate("window.__stage.setSpeed(1)")
    return page, Stage(page)


def done(stage):
    stage.until("s.run && !s.underWay")
    stage.page.evaluate("window.__stage.seek(window.__stage.total)")
    stage.until("Object.entries(s.received).every(([key, n]) => s.shown[key] === n - 1)")  # and drawn


def twins_play_to_their_end(stage, page):
    """While the served lane is silent, with its first chunk on the stage."""
    page.wait_for_function(
        "[...document.querySelectorAll('.phase-name')].map((one) => one.innerText).join() === 'final,final,arriving'"
    )
    assert stage.state == "live" and stage.received["ar.b"] == 2


def test_the_twins_play_to_their_end_while_a_served_lane_is_silent(open_page, home, held):
    page, stage = begun(open_page, home, "waits")
    twins_play_to_their_end(stage, page)
    silence = stage.clock
    stage.until(f"s.clock > {silence} + 300 && s.playing")  # its clock goes on
    assert page.locator(f"{SERVED} .figure-elapsed dd").inner_text() not in ("0 ms", "–")
    held.set()
    done(stage)
    stage.until(f"s.state === 'done' && s.texts['ar.b'] === {json.dumps(''.join(TEXT))}")


def test_a_lane_that_thinks_before_its_text_says_so(open_page, home, held):
    held.clear()
    page, stage = begun(open_page, home, "thinks")
    page.wait_for_function("document.querySelector(`.lane[data-key='ar.b'] .phase-name`)?.innerText === 'thinking'")
    held.set()
    done(stage)
    assert page.inner_text(f"{SERVED} .phase-name") == "final"


@pytest.mark.long
def test_eight_seconds_of_silence_are_no_lost_connection(open_page, home):
    page, stage = begun(open_page, home, "pauses")
    twins_play_to_their_end(stage, page)
    stage.until("s.clock > 8000")
    done(stage)
    assert stage.state == "done" and stage.texts["ar.b"] == "".join(TEXT)


def test_a_lane_that_fails_says_why_and_keeps_its_text(open_page, home, tmp_path):
    page, stage = begun(open_page, home, "fails")
    done(stage)
    lane = page.locator(SERVED)
    assert stage.state == "done" and lane.locator(".phase-name").inner_text() == "failed"
    assert lane.locator(".lane-note").inner_text().startswith(str(FAILS))
    assert stage.texts["ar.b"] == "".join(TEXT[:3])
    assert "did not finish; its lane says why" in page.text_content(".stage-line")
    trace = Trace.from_json(page.evaluate("window.__stage.trace"))
    file = tmp_path / "run.html"
    file.write_text("".join(to_html(trace)), encoding="utf-8")
    saved = open_page(file.as_uri())  # without a server
    saved.evaluate("window.__stage.seek(window.__stage.total)")
    drawn = (
        "(() => { const s = window.__stage; return s.clock >= s.total - 1e-6 && s.shown.ar === s.received.ar - 1; })()"
    )
    for _ in range(200):  # the file's own policy forbids what wait_for_function does
        if saved.evaluate(drawn):
            break
        saved.wait_for_timeout(50)
    assert saved.evaluate(drawn)
    assert saved.locator(SERVED).locator(".lane-note").inner_text().startswith(str(FAILS))
    assert Stage(saved).texts["ar.b"] == "".join(TEXT[:3]) and Stage(saved).state == "recorded"


def test_when_every_lane_fails_the_line_says_so(open_page, home):
    page, stage = begun(open_page, home, "fails", twins=())
    stage.until("s.state === 'error'")
    assert page.text_content(".stage-line").startswith("No lane finished. Each says why.")
    assert page.locator(".lane-note").inner_text().startswith(str(FAILS))


def test_a_served_lane_is_drawn_as_what_it_is(open_page, home):
    page, stage = begun(open_page, home, "quick")
    done(stage)
    stage.until("s.shown['ar.b'] === 6")
    lane = page.locator(SERVED)
    assert lane.locator(".phase-rule").inner_text() == "wall clock, network included"
    assert lane.locator(".figure-passes").inner_text().split() == ["chunks", "6"]
    assert lane.locator(".figure-rate dd").inner_text() != "–", "the server counted its tokens"
    assert lane.locator(".figure-each").is_hidden()
    assert "It ignores the seed and temperature 0." in lane.locator(".lane-note").inner_text()
    assert lane.locator(".slots .slot").count() == 6, "its plate has as many places as its text"
    assert page.locator(".legend-steps:not([hidden])").count() == 2, "it has no confidence"
    assert page.locator(".axis-name").all_inner_texts() == ["passes", "tokens", "chunks"]
    lane.locator(".slots .slot").first.click()
    assert page.locator(".token-panel").is_visible()
    assert page.locator(".look").is_hidden() and page.locator(".touch").is_hidden(), "no attention, no branch"
    assert "Served quick" in page.text_content(".stage-line") and "no factor is given" in page.text_content(
        ".stage-line"
    )


def test_two_served_lanes_have_no_ramp_and_no_tokens_where_none_were_counted(open_page, home):
    page, stage = begun(open_page, home, "uncounted", "quick", twins=())
    done(stage)
    stage.until("s.shown.ar === 6")
    first = page.locator(".lane[data-key=ar]")
    assert first.locator(".figure-rate dd").inner_text() == "–"
    assert first.locator(".figure-passes").inner_text().split() == ["blocks", "6"]
    assert "finished blocks, not steps" in first.locator(".lane-note").inner_text()
    assert page.locator(".legend-ramp").is_hidden()
    assert page.locator(".differs").count() == 0, "places of two servers do not mean the same"


def test_a_stop_keeps_what_a_silent_lane_has_sent(open_page, home):
    page, stage = begun(open_page, home, "pauses")
    stage.until("s.received['ar.b'] === 2 && s.received.ar > 2")
    page.evaluate("window.__stage.stop()")
    stage.until("s.state === 'stopped'")
    stage.until("s.shown['ar.b'] === 1")
    assert stage.texts["ar.b"] == TEXT[0] and stage.clock == stage.total
