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
    assert page.evaluate("window.__stage.run === null"), "nothing runs by itself"
    assert page.evaluate("window.__stage.trace === null"), "no other text stands under the question"


def test_a_stage_that_an_exercise_cleared_is_drawn_and_plays_nothing(page):
    faults = []
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    linked(page)
    page.click("#workshops-toggle")
    page.click("[data-workshop=noise]")
    page.wait_for_function("document.querySelector('.stage-line').textContent.startsWith('Guess first')")
    page.wait_for_selector(".transport-play[aria-label=Play]", state="attached")
    assert not faults and not Stage(page).playing
    Stage(page).run("a race after it", length=16, steps=4)
    Stage(page).finish()
    assert not faults


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


def test_the_next_exercise_clears_the_stage_and_names_itself_in_the_address(open_page, address):
    page = open_page(f"{address}/?workshop=passes&steps=32&seed=7&show=prompt")
    linked(page)
    assert page.input_value("#steps") == "32", "what a link says comes before its exercise"
    page.click("#run")
    Stage(page).until("s.state === 'done' && s.received['diffusion.b']")
    page.click(".workshop [data-next]")
    page.wait_for_function("document.querySelector('.workshop h2').textContent.startsWith('2. ')")
    Stage(page).until("s.trace === null && !Object.keys(s.received).length")
    page.wait_for_function("document.querySelector('#noise').value === 'characters'")
    assert page.url == f"{address}/?show=prompt&workshop=noise" and page.input_value("#seed") == "0"
    page.reload()
    page.wait_for_function("window.__stage")
    linked(page)
    assert page.inner_text(".workshop h2").startswith("2. ")
    page.click(".workshop [data-close]")
    assert page.url == f"{address}/?show=prompt"


def test_a_shared_link_keeps_the_exercise_and_what_was_changed_in_it(open_page, address):
    page = open_page(f"{address}/?workshop=threshold")
    linked(page)
    page.click("#settings-toggle")
    page.select_option("#rival", "")
    page.select_option("#commit", "confidence")
    page.click("#share-toggle")
    page.wait_for_function("document.querySelector('#share-url').value.includes('commit=confidence')")
    other = open_page(page.input_value("#share-url"))
    linked(other)
    assert other.inner_text(".workshop h2").endswith("As many passes as it needs") and other.is_hidden(".page-note")
    assert (other.input_value("#commit"), other.input_value("#rival")) == ("confidence", ""), (
        "a setting that is the page's own again is not the exercise's"
    )


@pytest.mark.parametrize("workshop", [one for one in workshops() if one.needs], ids=lambda one: one.id)
def test_a_class_always_sees_what_its_exercise_asks_to_change(open_page, address, workshop):
    page = open_page(f"{address}/?workshop={workshop.id}&show=link")
    linked(page)
    assert all(page.is_visible(f"#{name}") for name in workshop.needs)
    hidden = {"prompt", "steps", "seed", "commit", "temperature"} - set(workshop.needs)
    assert not any(page.is_visible(f"#{name}") for name in hidden)


def test_an_exercise_runs(open_page, address, engine):
    page = open_page(f"{address}/?workshop=passes")
    linked(page)
    page.click("#run")
    Stage(page).until("s.state === 'done' && s.received['diffusion.b']")
    assert engine.runs[-1].request.steps == 64 and engine.runs[-1].request.rival.steps == 4


def test_a_class_votes_before_the_run_and_the_result_stands_on_the_wall(open_page, address):
    leader = open_page(f"{address}/?workshop=price&show=prompt")
    linked(leader)
    assert not any(one.is_visible() for one in leader.locator(".vote").all()), "nobody votes before the leader asks"
    leader.click("[data-vote]")
    leader.wait_for_selector(".wall[open] svg path")
    shown = leader.inner_text(".wall-link")
    assert "workshop=price" in shown and "show=prompt" in shown and "vote=" in shown
    student = open_page(shown)
    linked(student)
    student.locator(".workshop .vote-choice").nth(1).click()
    student.wait_for_selector(".workshop .vote-choice[aria-pressed=true]")
    assert student.inner_text(".workshop .vote-all") == "1 vote"
    leader.wait_for_function("document.querySelector('.wall .vote-all').textContent === '1 vote'")
    assert leader.locator(".wall .vote-count").all_inner_texts() == ["", "", ""], "no vote sways the next one"
    leader.click("[data-result]")
    leader.wait_for_function(
        "[...document.querySelectorAll('.wall .vote-count')].map((e) => e.textContent).join() === '0,1,0'"
    )
    leader.click("[data-leave]")
    leader.click(".workshop [data-next]")
    leader.wait_for_function("document.querySelector('.workshop .vote-all').textContent === '0 votes'")
    assert "vote=" in leader.url, "the same class goes on to the next exercise"


ASKED = "**/gradio_api/component_server/"


def test_a_vote_that_is_not_counted_is_said_and_can_be_cast_again(open_page, address):
    leader = open_page(f"{address}/?workshop=price")
    linked(leader)
    leader.click("[data-vote]")
    leader.wait_for_selector(".wall[open] svg path")
    page = open_page(leader.inner_text(".wall-link"))
    page.wait_for_function("document.querySelector('.workshop .vote-all').textContent === '0 votes'")
    page.route(ASKED, lambda route: route.abort())
    page.locator(".workshop .vote-choice").nth(1).click()
    page.wait_for_function("document.querySelector('.page-note').textContent.includes('your guess was not counted')")
    assert page.inner_text("[data-result]") == "Show the result", "it saw no result, and may still guess"
    assert page.locator(".workshop .vote-choice[aria-pressed=true]").count() == 0
    page.unroute(ASKED)
    page.locator(".workshop .vote-choice").nth(1).click()
    page.wait_for_selector(".workshop .vote-choice[aria-pressed=true]")
    assert page.locator(".workshop .vote-count").all_inner_texts() == ["0", "1", "0"]
    assert page.is_hidden(".page-note") and page.inner_text("[data-result]") == "Hide the result"
    leader.route(ASKED, lambda route: route.abort())
    leader.click("[data-result]")
    leader.wait_for_function("document.querySelector('.page-note').textContent.includes('may not be all votes')")


def test_a_vote_that_the_server_has_forgotten_is_a_sentence(open_page, address):
    page = open_page(f"{address}/?workshop=price&vote=GONE")
    page.wait_for_selector(".page-note:not([hidden])")
    assert "forgets its votes" in page.inner_text(".page-note")


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
    for sheet, answers in (("printed", True), ("printed_for_students", False)):
        with page.expect_download() as download:
            page.click(f"[data-sheet={sheet}]")
        path = tmp_path / f"{sheet}.html"
        download.value.save_as(path)
        text = path.read_text(encoding="utf-8")
        assert all(f"{address}/?workshop={one.id}" in text for one in workshops())
        assert ("Observe." in text) is answers


@pytest.mark.parametrize("sheet", ["printed", "printed_for_students"])
def test_a_sheet_that_the_server_does_not_make_is_said_and_nothing_is_saved(page, sheet):
    linked(page)
    page.click("#workshops-toggle")
    saved = []
    page.on("download", lambda file: saved.append(file.suggested_filename))
    page.route(ASKED, lambda route: route.abort())
    page.click(f"[data-sheet={sheet}]")
    page.wait_for_function("document.querySelector('.page-note').textContent.includes('no sheet can be saved')")
    page.unroute(ASKED)
    page.route(ASKED, lambda route: route.fulfill(json='{"message": "Not now. Try again."}'))
    page.click(f"[data-sheet={sheet}]")
    page.wait_for_function("document.querySelector('.page-note').textContent.includes('Not now. Try again.')")
    page.unroute(ASKED)
    with page.expect_download():
        page.click(f"[data-sheet={sheet}]")
    page.wait_for_selector(".page-note", state="hidden")
    assert len(saved) == 1


@pytest.mark.parametrize("width, height", [(390, 844), (1280, 720)])
def test_the_stage_stays_on_the_first_screen_with_an_exercise_open(open_page, address, width, height):
    page = open_page(f"{address}/?workshop=passes", viewport={"width": width, "height": height})
    linked(page)
    page.click("#run")
    Stage(page).until("s.shown.diffusion >= 1")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    box = page.locator(".lane").first.bounding_box()
    assert box["y"] + 100 < height
