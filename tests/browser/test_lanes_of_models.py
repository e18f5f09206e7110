"""A model that shares nothing with the twins races on the page, beside one twin and beside both."""

import json
from dataclasses import replace
from urllib.parse import urlencode

import pytest
import torch

from made_up_model import FakeSource
from playground.engine.twins import Twins
from serving import served
from stage_driver import Stage

pytestmark = pytest.mark.long  # beside the stage, not on it

PAIR = [{"model": "twin-diffusion"}, {"model": "word-model"}]
TRIO = [{"model": "twin-diffusion"}, {"model": "word-model"}, {"model": "twin-diffusion", "steps": 2}]


@pytest.fixture(scope="module")
def home(tiny):
    words = FakeSource()
    words.record = replace(words.record, context=96)  # room for the 16 tokens of these links
    with served(Twins(tiny.diffusion, tiny.ar, torch.device("cpu"), tiny.thread, words)) as address:
        yield address


def opened(open_page, home, lanes):
    """The page on a link that names the lanes, its first run done."""
    settings = {"prompt": "I need a dentist", "length": 16, "steps": 4, "lanes": json.dumps(lanes), "run": 1}
    page = open_page(f"{home}?{urlencode(settings)}")
    stage = Stage(page)
    stage.until("s.run && !s.underWay")
    stage.finish()
    return page, stage


def test_a_link_races_a_twin_against_a_model_of_another_tokenizer(open_page, home):
    page, stage = opened(open_page, home, PAIR)
    titles = page.locator(".lane-title").all_inner_texts()
    assert titles == ["Diffusion", "Word model"] and stage.state == "done"
    assert (
        page.locator(".lane[data-slot=two] .reading").inner_text().strip().startswith("I can help you with that today")
    )
    assert page.locator(".lane[data-slot=two] .figure-passes dd").inner_text() == "8"
    assert "Word model" in page.inner_text(".stage-line")
    trace = page.evaluate("window.__stage.trace")
    assert [lane["about"]["model"] for lane in trace["lanes"]] == ["twin-diffusion", "word-model"]


def test_three_lanes_stand_side_by_side_in_colours_of_their_own(open_page, home):
    page, _ = opened(open_page, home, TRIO)
    lanes = page.locator(".lanes > .lane")
    assert lanes.evaluate_all("all => all.map((lane) => lane.dataset.slot)") == ["one", "two", "three"]
    boxes = [lanes.nth(n).bounding_box() for n in range(3)]
    assert len({box["y"] for box in boxes}) == 1 and boxes[0]["x"] < boxes[1]["x"] < boxes[2]["x"]
    colours = lanes.evaluate_all("all => all.map((lane) => getComputedStyle(lane).getPropertyValue('--lane'))")
    assert len(set(colours)) == 3
    assert page.locator(".axis-name").count() == 3 and page.locator(".legend-steps:not([hidden])").count() == 3
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_what_the_model_cannot_show_is_said_where_it_is_asked(open_page, home):
    page, _ = opened(open_page, home, PAIR)
    page.click(".lane[data-slot=two] .slots .slot:nth-child(3)")
    page.click("text=What it looked at")
    page.wait_for_selector(".look[data-tone=error]")
    assert "Word model cannot show what it looked at" in page.inner_text(".look-words")


def test_three_lanes_stand_below_each_other_on_a_phone(open_page, home):
    settings = {"prompt": "I need a dentist", "length": 16, "steps": 4, "lanes": json.dumps(TRIO), "run": 1}
    page = open_page(f"{home}?{urlencode(settings)}", viewport={"width": 390, "height": 844})
    Stage(page).until("s.run && !s.underWay")
    boxes = [page.locator(".lanes > .lane").nth(n).bounding_box() for n in range(3)]
    assert len({box["x"] for box in boxes}) == 1 and boxes[0]["y"] < boxes[1]["y"] < boxes[2]["y"]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_menus_show_the_models_of_a_link_and_take_their_place(open_page, home):
    page, stage = opened(open_page, home, PAIR)
    stage.open_settings()
    assert (page.locator("#model").input_value(), page.locator("#rival").input_value()) == (
        "twin-diffusion",
        "word-model",
    )
    page.select_option("#rival", "")
    stage.run("I need a dentist again", length=16, steps=4)
    stage.until("!s.underWay")
    assert page.locator(".lane-title").all_inner_texts() == ["Diffusion", "Autoregressive"] and stage.state != "error"


def test_another_rival_takes_the_place_of_a_race_that_the_menus_cannot_show(open_page, home):
    page, stage = opened(open_page, home, TRIO)
    stage.open_settings()
    assert page.locator("#rival").input_value() == "link"
    page.select_option("#rival", "")
    stage.run("I need a dentist again", length=16, steps=4)
    stage.until("!s.underWay")
    assert page.locator(".lane-title").all_inner_texts() == ["Diffusion", "Autoregressive"]
    assert page.locator("#rival option[value=link]").count() == 0 and stage.state != "error"
