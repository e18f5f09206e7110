"""Published speeds that can be felt: two texts, three stop-watches, an agent loop. They play from the page's own figures."""

import re

import pytest

from playground.story.pages import story_pages
from stage_driver import Stage

pytestmark = pytest.mark.long  # beside the stage, not on it

WIDE = {"width": 1440, "height": 900}
WORD = re.compile(r"\w[\w’'-]*")
AT_FIRST_SIGHT = 1200  # words on all pages; eight minutes read aloud, at 150 a minute


@pytest.fixture
def opened(open_page, address):
    """Opens a page of the story and returns it with one of its plays."""

    def open_(slug, plays, **options):
        page = open_page(f"{address}/?page={slug}", **{"viewport": WIDE, **options})
        page.wait_for_selector("body[data-linked]", state="attached")
        return page, page.locator(f"[data-plays={plays}]")

    return open_


def asked(page):
    """What was asked of anyone, but for the inspector, which comes when the browser is idle."""
    return [url for url in page.asked if "inspector.js" not in url]


def tokens(panel, side):
    return int(panel.locator("output").nth(side).inner_text().split()[0])


def test_two_texts_arrive_at_their_rates_and_nothing_is_asked(opened):
    page, panel = opened("speed", "rates")
    for chart in ("speed", "training", "busy"):
        page.wait_for_selector(f"#chart-{chart} .main-svg", state="attached")
    page.asked.clear()
    play = panel.locator("[data-play]")
    play.click()
    page.wait_for_function("document.querySelectorAll('[data-plays=rates] output')[1].textContent.startsWith('300 of')")
    assert 0 < tokens(panel, 0) < 300, "59 tokens a second take longer than 1,009"
    assert len(panel.locator(".arriving").nth(0).inner_text()) < len(panel.locator(".arriving").nth(1).inner_text())
    assert play.inner_text() == "Pause"
    play.click()
    paused = tokens(panel, 0)
    page.wait_for_timeout(300)
    assert tokens(panel, 0) == paused and play.inner_text() == "Go on"
    play.click()
    page.wait_for_function("document.querySelector('[data-plays=rates] .play-says').textContent.includes('5.1')")
    assert tokens(panel, 0) == 300 and play.inner_text() == "Again"
    assert asked(page) == []


def test_before_it_plays_each_box_shows_the_text_pale_and_what_it_takes(opened):
    _, panel = opened("speed", "rates")
    colour = "(one) => getComputedStyle(one).color"
    texts, counts = panel.locator(".arriving"), panel.locator("output")
    pale = texts.nth(0).evaluate(colour)
    assert len(texts.nth(0).inner_text().split()) > 100
    assert counts.nth(0).inner_text().replace("\u00a0", " ") == "300 tokens in 5.1 s"
    panel.locator("select").nth(1).select_option("seed-diffusion-tok-per-s")
    assert counts.nth(1).inner_text().replace("\u00a0", " ") == "300 tokens in 140 ms"
    panel.locator("[data-play]").click()
    assert texts.nth(0).evaluate(colour) != pale


def test_on_a_phone_no_rate_that_is_chosen_is_cut(opened):
    _, panel = opened("speed", "rates", viewport={"width": 390, "height": 844}, has_touch=True)
    for menu in panel.locator("select").all():
        assert menu.evaluate(NEEDS) < menu.evaluate("(select) => select.clientWidth - 30"), "room for the arrow"


NEEDS = """(select) => {
  const pen = document.createElement('canvas').getContext('2d');
  pen.font = getComputedStyle(select).font;
  return pen.measureText(select.selectedOptions[0].text).width;
}"""


def test_any_published_rate_can_stand_on_either_side(opened):
    _, panel = opened("speed", "rates", reduced_motion="reduce")
    panel.locator("select").first.select_option("seed-diffusion-tok-per-s")
    assert "its maker's word" in panel.locator(".side-says").first.inner_text()
    assert panel.locator(".side").first.get_attribute("data-lane") == "diffusion"
    panel.locator("[data-play]").click()
    assert panel.locator(".play-says").inner_text().replace("\u00a0", " ").startswith("Seed Diffusion: 140 ms")
    assert tokens(panel, 0) == tokens(panel, 1) == 300, "at once, for who wants no motion"


def test_a_press_on_a_bar_plays_it(opened):
    page, _ = opened("speed", "rates")
    page.wait_for_selector("#chart-speed .main-svg", state="attached")
    plot = page.locator("#chart-speed .js-plotly-plot")
    plot.scroll_into_view_if_needed()
    for bar, side, value in (
        (4, 1, "gemini-diffusion-tok-per-s"),
        (11, 1, "own-diffusion"),
        (5, 0, "gpt-4o-mini-other-readings-tok-per-s-other"),
    ):
        one = plot.locator(".barlayer .point path").nth(bar)
        chosen = f"document.querySelectorAll('[data-plays=rates] select')[{side}].value === '{value}'"
        for _ in range(10):  # a chart that is still laid out moves its bars
            one.scroll_into_view_if_needed()
            box = one.bounding_box()
            page.mouse.move(box["x"] + 4, box["y"] + box["height"] / 2)
            page.mouse.click(box["x"] + 4, box["y"] + box["height"] / 2)
            page.wait_for_timeout(300)
            if page.evaluate(chosen):
                break
        assert page.evaluate(chosen)
        page.wait_for_function("document.querySelectorAll('[data-plays=rates] output')[1].textContent.includes(' of ')")


def test_a_page_that_is_turned_plays_no_more(opened):
    page, panel = opened("speed", "waits")
    panel.locator("[data-play]").click()
    page.wait_for_selector("[data-plays=waits] .watch.done")
    assert panel.locator("output").first.inner_text() == "1.7 s"
    page.keyboard.press("n")
    page.keyboard.press("b")
    assert panel.locator("[data-play]").inner_text() == "Go on"


def test_an_agent_of_other_steps_is_another_sentence_and_another_race(opened):
    page, panel = opened("products", "loop", reduced_motion="reduce")
    page.asked.clear()
    shipped = panel.locator(".play-big").inner_text()
    slider = panel.locator("input[type=range]")
    slider.focus()
    slider.press("ArrowRight")
    said = panel.locator(".play-big").inner_text().replace("\u00a0", " ")
    assert f"At these rates an agent of 11 steps takes at least {11 * 300 / 59 + 10:.0f} s with GPT-4o mini" in said
    slider.press("ArrowLeft")
    assert panel.locator(".play-big").inner_text() == shipped, "the server says it as the browser does"
    panel.locator("[data-play]").click()
    assert all(count.startswith("done") for count in panel.locator("output").all_inner_texts()[1:])
    assert (
        "6 times as fast" in panel.locator(".play-factor").inner_text()
        or "7 times" in panel.locator(".play-factor").inner_text()
    )
    assert asked(page) == []


def test_what_an_ar_word_does_not_see_is_pale(opened):
    page, _ = opened("how-it-works", "none")
    page.click("[data-stage=arcs-ar]")
    page.wait_for_selector(".lane[data-kind=ar] .arcs path", state="attached")
    opacity = "(slot) => Number(getComputedStyle(slot).opacity)"
    slots = page.locator(".lane[data-kind=ar] .slots .slot:visible")
    assert slots.last.evaluate(opacity) < 0.5 and slots.first.evaluate(opacity) == 1
    assert page.locator(".lane[data-kind=diffusion] .slots .slot:visible").last.evaluate(opacity) == 1


def test_code_is_copied(opened):
    page, _ = opened("try-it", "none", permissions=["clipboard-read", "clipboard-write"])
    page.click("#page-try-it .fold summary")
    page.click("[data-copy-code]")
    page.wait_for_function("document.querySelector('[data-copy-code]').textContent === 'Copied'")
    assert page.evaluate("navigator.clipboard.readText()").startswith("python -m playground race")


def test_the_story_can_be_read_aloud_in_eight_minutes(opened):
    page, _ = opened("two-ways", "none")
    Stage(page).finish()
    words = 0
    for story_page in story_pages():
        page.evaluate("(slug) => document.querySelector(`.story-nav [data-page=${slug}]`).click()", story_page.slug)
        words += sum(len(WORD.findall(text)) for text in page.evaluate(SEEN, story_page.slug))
    assert 0.7 * AT_FIRST_SIGHT < words < AT_FIRST_SIGHT


# Charts, lists of claims and the way to other pages are not read aloud.
SEEN = """(slug) => {
  const walker = document.createTreeWalker(document.querySelector(`#page-${slug}`), NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    if (parent.checkVisibility() && !parent.closest('.chart, .arriving, select, textarea, .heard, .claims, .story-turn')) texts.push(walker.currentNode.data);
  }
  return texts;
}"""
