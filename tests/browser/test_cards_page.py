"""Examples as cards: a press sets the page, runs, and shows the text before and after in large type."""

import pytest

from playground.request.settings_table import defaults
from playground.ui.example_cards import example_cards
from stage_driver import DRAWN, Stage

pytestmark = pytest.mark.long  # beside the stage, not on it


# Looked at until they hold: the columns are drawn anew some times a second while lanes write.
WRITTEN = """(() => {
  const words = document.querySelector('.before-after .texts > div:nth-child(2) mark')?.innerText.trim();
  return words && window.__stage.texts.diffusion.includes(words);
})()"""
LARGE = (
    "parseFloat(getComputedStyle(document.querySelector('.before-after .texts > div:nth-child(2) p')).fontSize) >= 18"
)


@pytest.fixture
def page(open_page):
    page = open_page(viewport={"width": 1440, "height": 900}, speed=1)
    page.wait_for_selector("body[data-linked]", state="attached")
    return page


def heads(page):
    return [box["y"] + box["height"] for box in (one.bounding_box() for one in page.locator(".card strong").all())]


def test_the_heads_of_all_cards_stand_on_the_first_screen(page):
    assert page.locator(".card strong").all_inner_texts() == [card.title for card in example_cards()]
    assert max(heads(page)) <= 900
    assert page.locator(".card .gap").count() >= len(example_cards())


def test_a_card_sets_the_page_runs_and_shows_before_and_after(page, engine):
    card = next(one for one in example_cards() if one.id == "question")
    page.click("#settings-toggle")
    page.fill("#seed", "7")
    page.click("text='Write the question'")
    stage = Stage(page)
    page.wait_for_selector(".before-after .texts > div:first-child [role=img]")  # what the race began with is there
    page.locator(".before-after .texts > div").first.evaluate("(column) => { column.kept = true; }")
    stage.until("s.own && !s.underWay && s.header.steps === 8 && " + DRAWN)
    request = engine.runs[-1].request
    assert request.prompt == card.settings["prompt"] == page.input_value("#prompt")
    assert (request.steps, request.seed) == (8, 0), "nothing of what was set before is left"
    texts = page.locator(".before-after .texts > div")
    page.wait_for_function("document.querySelectorAll('.before-after mark').length === 2")
    assert texts.first.evaluate("(column) => column.kept"), (
        "a column that says the same stays, with what is selected in it"
    )
    assert texts.locator("h3").all_inner_texts() == ["Before", "Diffusion", "Autoregressive"]
    assert texts.nth(0).locator("[role=img]").get_attribute("aria-label").endswith("open places")
    page.wait_for_function(WRITTEN)
    assert texts.nth(1).locator("mark").inner_text().strip() in stage.texts["diffusion"]
    page.wait_for_function(LARGE)
    page.fill("#prompt", "something else")
    page.click("#run")
    page.wait_for_selector(".before-after", state="hidden")


def test_a_prompt_of_ones_own_gets_back_the_passes_that_a_card_changed(page, engine):
    page.click("text='Write the question'")
    Stage(page).until("s.own && !s.underWay && s.header.steps === 8")
    page.click("text='Fill a gap'")
    Stage(page).until("s.own && !s.underWay && s.header.steps === 2")
    page.fill("#prompt", "Write to my boss")
    assert page.input_value("#steps") == str(defaults()["steps"]) == page.input_value("#stage-passes")
    page.click("text='Write the question'")
    Stage(page).until("s.own && !s.underWay && s.header.steps === 8")
    page.locator("#steps").evaluate(
        "(input) => { input.value = 5; input.dispatchEvent(new Event('input', { bubbles: true })); }"
    )
    page.fill("#prompt", "Write to my boss")
    assert page.input_value("#steps") == "5", "what the visitor chose stays"


def test_an_example_and_a_prompt_of_ones_own_run_without_what_a_card_has_set(page, engine):
    stage = Stage(page)
    page.click(".kinds summary")
    for example in (page.locator(".kinds [data-example]").first, None):
        page.click(".card >> text='Mend a sentence'")
        stage.until("s.own && !s.underWay && s.header.prompt.startsWith('I would like to book')")
        assert engine.runs[-1].request.share == 0.25
        if example:
            example.click()
        else:
            stage.run("a sentence of my own")
        words = example.inner_text() if example else "a sentence of my own"
        stage.until(f"s.own && !s.underWay && s.header.prompt === {words!r}")
        request = engine.runs[-1].request
        assert (request.prompt, request.share, request.steps) == (words, 0, defaults()["steps"])


def test_on_a_phone_the_cards_scroll_sideways_and_the_page_does_not(open_page):
    page = open_page(viewport={"width": 390, "height": 844})
    row = page.locator(".cards-row")
    assert row.evaluate("(row) => row.scrollWidth > row.clientWidth + 100")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.is_visible(".page-lead") and page.is_visible(".page-tour")


def test_the_tour_opens_the_story_at_its_first_page(page):
    assert "min)" in page.inner_text(".page-tour")
    page.click(".page-tour")
    page.wait_for_selector(".story-page.open h2")
    assert page.get_attribute(".story-nav a[aria-current]", "data-page") == page.evaluate("document.body.dataset.page")
    assert page.inner_text(".story-nav a[aria-current]").startswith("1") and page.is_hidden(".page-tour")
