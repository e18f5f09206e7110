"""A race of two tokenizers on the page and in its export: each lane's own prompt and slots, and characters a second."""

import json

import pytest
import torch

from made_up_model import FakeSource, LetterSource
from playground.engine.engine import RaceEngine
from playground.export.html import to_html
from playground.trace.trace import Trace
from serving import served
from stage_driver import Stage

pytestmark = pytest.mark.long  # beside the stage, not on it

PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def home(tiny):
    pair = [LetterSource(partner="word-model"), FakeSource(partner="letter-model")]
    with served(RaceEngine(pair, torch.device("cpu"), torch.float32, tiny.thread)) as address:
        yield address


@pytest.fixture
def raced(open_page, home):
    def raced_(**options):
        page = open_page(f"{home}?prompt=Help+me.&length=16&steps=4&run=1", **options)
        stage = Stage(page)
        stage.until("s.run && !s.underWay")
        stage.finish()
        return page, stage

    return raced_


def shown(page):
    """By lane: the text above its slots, the tokens in its slots, and its speed."""
    lanes = page.locator(".lanes > .lane")
    return [
        (
            lane.locator(".prompt").inner_text().replace("\n", " "),
            lane.locator(".slots .slot").all_inner_texts()[:3],
            lane.locator(".figure-speed dd").inner_text(),
            lane.locator(".figure-rate dd").inner_text(),
        )
        for lane in lanes.all()
    ]


OWN = [
    ("User: Help me.↵Assistant:", ["I", "␣", "c"], "667", "667"),
    (" Help me.", ["I", "can", "help"], "2,750", "667"),
]


def test_each_lane_has_its_own_prompt_slots_and_speed(raced, open_page):
    page, stage = raced()
    assert shown(page) == OWN
    assert page.locator(".figure-speed dt").all_inner_texts() == ["characters/s"] * 2
    tops = [grid.bounding_box()["y"] for grid in page.locator(".slots").all()]
    assert tops[0] == tops[1], "beside each other, whatever stands above"
    line = page.inner_text(".stage-line")
    assert "2,750 characters a second against 667 (667 and 667 of their own tokens)" in line
    assert page.locator(".finish-line").first.inner_text().strip().endswith("of their own tokens).")
    assert "Same length" in page.locator(".lane[data-slot=one] .lane-note").inner_text()
    assert not page.locator(".differs").count(), "places of different tokens are not compared"
    page.locator(".stage-line").get_by_role("button", name="More").click()
    assert "Bits per byte under Word model" in page.inner_text(".stage-line")
    trace = stage.trace
    replay = open_page()
    replay.evaluate("trace => window.__stage.receive({kind: 'trace', trace})", trace)
    Stage(replay).finish()
    assert shown(replay) == OWN
    file = "".join(to_html(Trace.loads(json.dumps(trace))))
    replay.goto("about:blank")
    replay.set_content(file)
    replay.wait_for_selector(".figure-speed dd")
    assert "2,750 characters a second, 667 tokens of its own" in replay.inner_text(".file-foot")


def test_on_a_phone_a_lane_that_reads_another_text_shows_it(raced, open_page):
    page, _ = raced(viewport=PHONE)
    assert [row[0].strip() for row in shown(page)] == ["User: Help me.↵Assistant:", "Help me."]
    assert all(lane.is_visible() for lane in page.locator(".prompt").all())
    assert page.locator(".figure-speed").first.is_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    twins = open_page(viewport=PHONE)  # lanes of one text: it stands above the first
    Stage(twins).until("s.shown.diffusion >= 0")
    assert [lane.is_visible() for lane in twins.locator(".prompt").all()] == [True, False]
    assert not twins.locator(".figure-speed").first.is_visible()
