"""Exercises set the page and ask; what to observe is told when it is asked for; a class sees only what it is to see."""

import pytest

from playground.workshops.exercises import workshops
from stage_driver import Stage

pytestmark = pytest.mark.long  # beside the stage, not on it


def linked(page):
    page.wait_for_selector("body[data-linked]", state="attached")


@pytest.mark.parametrize("workshop", workshops(), ids=lambda one: one.id)
def test_a_link_opens_an_exercise_with_its_question_and_settings(open_page, address, workshop):
    page = open_page(f"{address}/?workshop={workshop.id}")
    linked(page)
    assert page.inner_text(".workshop-question") == workshop.question and page.inner_text(".workshop-do") == workshop.do
    assert page.is_hidden(".workshop-observe") and page.is_hidden(".page-note")
    page.click("[data-reveal]")
    assert page.inner_text(".workshop-observe") == workshop.observe
    assert page.input_value("#prompt") == workshop.settings["prompt"] and page.input_value("#steps") == str(
        workshop.settings["steps"]
    )
    assert (page.input_value("#rival") == "sampler") is ("versus" in workshop.settings)
    assert page.evaluate("window.__stage.recorded"), "nothing runs by itself"


def test_exercises_follow_one_another_and_leave_nothing_behind(page):
    linked(page)
    page.click("#workshops-toggle")
    page.click("[data-workshop=noise]")
    page.wait_for_function("document.querySelector('#noise').value === 'characters'")
    assert page.inner_text(".workshop h2").startswith("2. ")
    page.click(".workshop [data-next]")
    page.wait_for_function("document.querySelector('.workshop h2').textContent.startsWith('3. ')")
    assert page.input_value("#noise") == "mask" and page.input_value("#revise") == "none", (
        "settings of the one before are gone"
    )
    page.click("[data-workshop=cache]")
    page.wait_for_function("document.querySelector('.workshop h2').textContent.startsWith('6. ')")
    assert page.is_hidden(".workshop [data-next]")
    page.click(".workshop [data-close]")
    assert page.is_hidden(".workshop")


def test_an_exercise_runs(open_page, address, engine):
    page = open_page(f"{address}/?workshop=passes")
    linked(page)
    page.click("#run")
    Stage(page).until("s.state === 'done' && s.received['diffusion.b']")
    assert engine.runs[-1].request.steps == 64 and engine.runs[-1].request.rival.steps == 4


def test_a_class_sees_only_what_it_is_to_see(open_page, address):
    page = open_page(f"{address}/?show=prompt,steps")
    linked(page)
    for shown in ("#prompt", "#run", "#steps"):
        assert page.is_visible(shown), shown
    for hidden in (
        "#seed",
        "#noise",
        "#settings-toggle",
        "#share-toggle",
        "#workshops-toggle",
        "#rival",
        ".setting-group",
    ):
        assert not any(one.is_visible() for one in page.locator(hidden).all()), hidden
    assert page.is_hidden(".page-note")


def test_nothing_but_the_run_may_be_shown(open_page, address):
    page = open_page(f"{address}/?show=link&prompt=fixed+words&steps=4")
    linked(page)
    assert (
        page.is_hidden("#prompt")
        and page.is_visible("#run")
        and page.is_visible("#share-toggle")
        and page.is_hidden("#steps")
    )
    page.click("#run")
    Stage(page).until("(s.header || {}).prompt === 'fixed words'")
    page.click("#share-toggle")
    page.wait_for_function("document.querySelector('#share-url').value.includes('show=link')")


def test_a_control_that_does_not_exist_is_said(open_page, address):
    page = open_page(f"{address}/?show=prompt,colour")
    linked(page)
    assert "no control called colour" in page.inner_text(".page-note")


def test_the_leaders_sheet_is_saved_with_links_to_this_page(page, tmp_path, address):
    linked(page)
    page.click("#workshops-toggle")
    with page.expect_download() as download:
        page.click("[data-sheet]")
    path = tmp_path / "sheet.html"
    download.value.save_as(path)
    text = path.read_text(encoding="utf-8")
    assert all(f"{address}/?workshop={one.id}" in text for one in workshops())


@pytest.mark.parametrize("width, height", [(390, 844), (1280, 720)])
def test_the_stage_stays_on_the_first_screen_with_an_exercise_open(open_page, address, width, height):
    page = open_page(f"{address}/?workshop=passes", viewport={"width": width, "height": height})
    linked(page)
    Stage(page).until("s.shown.diffusion >= 1")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    box = page.locator(".lane").first.bounding_box()
    assert box["y"] + 100 < height
