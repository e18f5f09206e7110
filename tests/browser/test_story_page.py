"""The story beside the stage: every page opens by a link, can be walked, and acts on the stage."""

import pytest

from playground.evidence.measured import load_measured
from playground.story.pages import story_pages
from stage_driver import Stage

pytestmark = pytest.mark.long  # beside the stage, not on it

PAGES = story_pages()
WIDE = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


def linked(page):
    page.wait_for_selector("body[data-linked]", state="attached")


def shown(page):
    return page.evaluate(
        "[...document.querySelectorAll('.story-page')].filter((one) => one.offsetParent).map((one) => one.id)"
    )


@pytest.mark.parametrize(
    "story_page", [page for page in PAGES if page.slug in ("two-ways", "speed", "try-it")], ids=lambda one: one.slug
)
def test_a_link_opens_a_page_beside_the_stage(open_page, address, story_page):
    errors = []
    page = open_page(f"{address}/?page={story_page.slug}", viewport=WIDE)
    page.on("pageerror", lambda error: errors.append(error))  # noqa: PLW0108, playwright wraps no built-in function
    linked(page)
    assert shown(page) == [f"page-{story_page.slug}"]
    assert page.inner_text(f"#page-{story_page.slug} h2") == story_page.title
    stage, story = page.locator(".stage").bounding_box(), page.locator("#story").bounding_box()
    assert story["x"] + story["width"] <= stage["x"] and stage["y"] < 200, "beside it, on the first screen"
    for embed in story_page.embeds:
        if embed.kind == "chart":
            page.wait_for_selector(f"#chart-{embed.target} .main-svg", state="attached")
    assert page.is_hidden(".page-note") and not errors
    assert all(url.startswith((address, "data:", "blob:")) for url in page.asked), "nothing is asked of anyone else"


def test_pages_are_named_by_number_too_and_a_strange_one_says_so(open_page, address):
    page = open_page(f"{address}/?page=3", viewport=WIDE)
    linked(page)
    assert shown(page) == [f"page-{PAGES[2].slug}"]
    page = open_page(f"{address}/?page=99", viewport=WIDE)
    linked(page)
    assert shown(page) == [f"page-{PAGES[0].slug}"] and "no page 99" in page.inner_text(".page-note")


def test_the_whole_can_be_walked_forward_and_back(page):
    page.set_viewport_size(WIDE)
    linked(page)
    assert shown(page) == [] and page.is_visible(".stage")
    page.click("#story-open")
    for story_page in PAGES[:-1]:
        assert shown(page) == [f"page-{story_page.slug}"] and f"page={story_page.slug}" in page.url
        page.click(f"#page-{story_page.slug} [data-turn=next]")
    last = f"#page-{PAGES[-1].slug}"
    assert shown(page) == [last[1:]] and page.locator(f"{last} [data-turn=next]").count() == 0
    page.keyboard.press("b")
    assert shown(page) == [f"page-{PAGES[-2].slug}"]
    page.keyboard.press("n")
    assert shown(page) == [last[1:]]
    page.go_back()
    page.wait_for_function(f"document.body.dataset.page === '{PAGES[-2].slug}'")
    page.click("[data-story-close]")
    assert shown(page) == [] and "page=" not in page.url


def test_each_page_opens_at_its_title(open_page, address):
    page = open_page(f"{address}/?page=1", viewport=WIDE)
    linked(page)
    page.locator("#page-two-ways [data-turn=next]").scroll_into_view_if_needed()
    assert page.evaluate("document.querySelector('#story').scrollTop") > 100
    page.click("#page-two-ways [data-turn=next]")
    assert page.evaluate("document.querySelector('#story').scrollTop") == 0


def test_prose_is_ink_on_ground_whatever_the_theme_button_says(open_page, address):
    page = open_page(f"{address}/?page=2", viewport=WIDE, color_scheme="dark")
    linked(page)
    ink = "(one) => getComputedStyle(one).color"
    for _ in range(2):
        assert page.locator("#page-how-it-works p").first.evaluate(ink) == page.locator(".page-head h1").evaluate(ink)
        page.click("#theme")


def test_letters_typed_into_a_field_turn_no_page(open_page, address):
    page = open_page(f"{address}/?page=1", viewport=WIDE)
    linked(page)
    page.fill("#prompt", "")
    page.locator("#prompt").press_sequentially("no bananas")
    assert shown(page) == [f"page-{PAGES[0].slug}"] and page.input_value("#prompt") == "no bananas"


def test_letters_turn_pages_unless_the_visitor_wants_no_such_keys(open_page, address):
    page = open_page(f"{address}/?page=1", viewport=WIDE)
    linked(page)
    page.evaluate(
        "() => { Storage.prototype.getItem = () => { throw new DOMException('Not here.', 'SecurityError'); }; }"
    )
    page.keyboard.press("n")
    assert shown(page) == [f"page-{PAGES[1].slug}"], "also where the browser keeps nothing"
    page.keyboard.press("?")
    page.uncheck(".keys-foot input")
    page.click(".keys-foot button")
    page.keyboard.press("n")
    assert shown(page) == [f"page-{PAGES[1].slug}"]


def test_a_mark_sets_the_page_and_runs(open_page, address, engine):
    page = open_page(f"{address}/?page=how-it-works", viewport=WIDE)
    linked(page)
    page.click("[data-try=doubt]")
    Stage(page).until("s.header && s.header.revise === 'wino' && !s.recorded")
    assert engine.runs[-1].request.revise == "wino" and engine.runs[-1].request.steps == 8
    page.click("[data-try=few]")
    Stage(page).until("s.header && s.header.steps === 4")
    assert engine.runs[-1].request.revise == "none", "what the mark before had set is gone"


def test_a_sentence_of_ones_own_is_corrupted_and_mended(open_page, address, engine):
    page = open_page(f"{address}/?page=two-ways", viewport=WIDE)
    linked(page)
    page.fill(".sentence textarea", "The cat sat on the mat.")
    page.click(".sentence button")
    Stage(page).until("s.header && s.header.prompt === 'The cat sat on the mat.'")
    assert engine.runs[-1].request.share > 0


def test_the_stages_of_a_run_are_places_of_the_slider(open_page, address):
    page = open_page(f"{address}/?page=how-it-works", viewport=WIDE)
    linked(page)
    at = {}
    for phase in ("final", "noise", "rough", "clear"):
        page.click(f"[data-stage={phase}]")
        page.wait_for_function(f"document.querySelector('.lane[data-kind=diffusion]').dataset.phase === '{phase}'")
        at[phase] = page.evaluate("window.__stage.clock")
        assert not page.evaluate("window.__stage.playing")
    assert at["noise"] < at["rough"] < at["clear"] < at["final"]


def test_a_stage_is_sought_by_its_pass_whatever_the_clock_counts(open_page, address):
    page = open_page(f"{address}/?page=how-it-works", viewport=WIDE)
    linked(page)
    page.evaluate("() => { window.__stage.setEqual(true); }")
    page.click("[data-stage=clear]")
    first = page.evaluate(
        "window.__stage.trace.frames.find((one) => one.lane === 'diffusion' && one.phase === 'clear').i"
    )
    page.wait_for_function(f"window.__stage.shown.diffusion === {first}")


def test_arcs_are_shown_from_the_prose(open_page, address):
    page = open_page(f"{address}/?page=how-it-works", viewport=WIDE)
    linked(page)
    page.click("[data-stage=arcs]")
    page.wait_for_selector(".token-panel .look-words:not(:empty)")
    page.wait_for_selector(".arcs path", state="attached")


def test_arcs_that_cannot_be_shown_are_said(open_page, address):
    page = open_page(f"{address}/?page=how-it-works", viewport=WIDE)
    linked(page)
    page.evaluate("() => { window.__stage.look = () => false; }")
    page.click("[data-stage=arcs-ar]")
    page.wait_for_selector(".page-note:not([hidden])")
    assert "The AR lane has no word to look from" in page.inner_text(".page-note")


def test_words_light_a_lane_and_a_lane_lights_its_words(open_page, address):
    page = open_page(f"{address}/?page=two-ways", viewport=WIDE)
    linked(page)
    ar = page.locator(".lane[data-kind=ar]")
    diffusion = page.locator(".lane[data-kind=diffusion]")
    opacity = "(lane) => Number(getComputedStyle(lane).opacity)"
    page.hover("[data-light=diffusion]")
    page.wait_for_function(f"({opacity})(document.querySelector('.lane[data-kind=ar]')) < 0.5")
    assert diffusion.evaluate(opacity) == 1
    ar.hover(position={"x": 60, "y": 12})
    page.wait_for_function("document.body.dataset.lit === 'ar'")
    assert (
        page.locator("[data-light=ar]").evaluate("(word) => getComputedStyle(word).backgroundColor")
        != "rgba(0, 0, 0, 0)"
    )
    page.wait_for_function(f"({opacity})(document.querySelector('.lane[data-kind=diffusion]')) === 1")
    page.hover(".page-head h1")
    page.wait_for_function("!document.body.dataset.lit")


def test_a_claim_says_what_is_known_of_it(open_page, address):
    page = open_page(f"{address}/?page=how-it-works", viewport=WIDE)
    linked(page)
    page.click("a.claim[data-claim='2.15']")
    note = page.locator("#claim-note")
    assert note.is_visible() and "Instead:" in note.inner_text() and "false" in note.inner_text()
    page.keyboard.press("Escape")
    assert note.is_hidden()
    page.click("details.claims:visible summary")
    assert page.locator("#page-how-it-works details.claims li[id^=claim-]").count() == 15


def focused(page):
    return page.evaluate("document.activeElement.id || document.activeElement.dataset.claim")


def test_a_note_takes_the_focus_and_gives_it_back(open_page, address):
    page = open_page(f"{address}/?page=how-it-works", viewport=WIDE)
    linked(page)
    for close in ("Escape", "Close"):
        page.focus("a.claim[data-claim='2.15']")
        page.keyboard.press("Enter")
        assert focused(page) == "claim-note"
        assert page.get_by_role("dialog", name="What is known of it").is_visible()
        page.keyboard.press("Escape") if close == "Escape" else page.click("#claim-note button")
        assert page.is_hidden("#claim-note")
        page.wait_for_function("document.activeElement.dataset.claim === '2.15'")
    page.click("a.claim[data-claim='2.15']")
    page.click("#prompt")
    page.wait_for_function("!document.querySelector('#claim-note').matches(':popover-open')")
    page.wait_for_timeout(100)  # longer than the note takes to say that it is closed
    assert focused(page) == "prompt", "who goes on elsewhere stays there"


RACE = """() => {
  const lane = (tokens) => ({ tokens, passes: 4, ms: 1000, first_token_ms: 1 });
  Object.assign(window.__stage.trace.verdict.lanes, { diffusion: lane(111), ar: lane(222) });
  document.dispatchEvent(new CustomEvent('playground:state', { detail: false }));
}"""
BARS = "document.querySelector('#chart-speed .js-plotly-plot').data[0].x.slice(-2)"


def test_bars_are_of_the_last_race_and_say_so_whatever_was_run_after_it(open_page, address):
    page = open_page(f"{address}/?page=speed", viewport=WIDE)
    linked(page)
    stage, where = Stage(page), page.locator("[data-where=speed]")
    page.wait_for_selector("#chart-speed .main-svg", state="attached")
    shipped = where.text_content()
    assert load_measured().device in shipped
    stage.run("a race", length=16, steps=4)
    stage.finish()
    assert where.text_content() == shipped, "a run without figures is not drawn"
    page.evaluate(RACE)
    page.wait_for_function(f"(() => {{ const [a, b] = {BARS}; return a === 111 && b === 222; }})()")
    assert where.text_content() == "The twins: their last race on this page."
    stage.run("no figures", length=16, steps=4)
    stage.finish()
    page.click("#page-speed [data-turn=next]")
    page.click("#page-players [data-turn=back]")
    page.wait_for_timeout(1000)  # for the bars of the record, which should not come
    assert page.evaluate(BARS) == [111, 222] and "their last race" in where.text_content()


def test_a_race_that_was_not_made_here_is_not_drawn_as_one(open_page, address):
    page = open_page(f"{address}/?page=speed", viewport=WIDE)
    linked(page)
    page.wait_for_selector("#chart-speed .main-svg", state="attached")
    shipped = page.text_content("[data-where=speed]")
    Stage(page).run("a race", length=16, steps=4)
    Stage(page).finish()
    assert Stage(page).own
    page.evaluate("window.__stage.receive({ kind: 'trace', trace: window.__stage.trace })")  # the same, as a file
    assert not Stage(page).own
    page.evaluate(RACE)
    page.wait_for_timeout(1000)  # for bars that should not come
    assert page.text_content("[data-where=speed]") == shipped and page.evaluate(BARS) != [111, 222]


def test_the_link_to_share_keeps_the_page(open_page, address):
    page = open_page(f"{address}/?page=speed", viewport=WIDE)
    linked(page)
    page.click("#share-toggle")
    page.wait_for_function("document.querySelector('#share-url').value.includes('page=speed')")


def test_the_calculator_and_the_roofline_answer(open_page, address):
    page = open_page(f"{address}/?page=products", viewport=WIDE)
    linked(page)
    story = page.locator("#page-products")
    for fold in story.locator("summary", has_text="All figures").all():
        fold.click()
    for panel in ("Calculator", "Roofline"):
        says = f"section[aria-label={panel}] .calc-says"
        before = story.locator(says).inner_text()
        slider = story.locator(f"section[aria-label={panel}] input[type=range]:visible").first
        slider.focus()
        slider.press("End")
        page.wait_for_function(
            "([says, before]) => document.querySelector(says).innerText !== before", arg=[says, before]
        )


def test_on_a_phone_the_story_stands_above_and_a_mark_leads_to_the_stage_and_back(open_page, address):
    page = open_page(f"{address}/?page=how-it-works", viewport=PHONE)
    linked(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    mark = page.locator("[data-stage=rough]")
    mark.click()
    page.wait_for_function("Math.abs(document.querySelector('.stage').getBoundingClientRect().top) < 60")
    for used in ("#run", "#prompt", "#share-toggle", ".stage"):
        assert not page.evaluate(OVERLAP, [".story-back", used]), used
    page.click(".story-back")
    page.wait_for_function(
        "(({ top, bottom }) => top > 0 && bottom < innerHeight)(document.querySelector('[data-stage=rough]').getBoundingClientRect())"
    )
    assert page.is_hidden(".story-back")
    page.locator("[data-stage=arcs]").click()
    page.wait_for_selector(".story-back")
    page.locator("[data-turn=next]:visible").click()
    assert page.is_hidden(".story-back"), "what it led back to is gone"


OVERLAP = """([one, other]) => {
  const boxes = (name) => [...document.querySelector(name).getClientRects()];
  return boxes(one).some((a) => boxes(other).some((b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom));
}"""


@pytest.mark.parametrize("size", [WIDE, PHONE, {"width": 700, "height": 420}], ids=["laptop", "phone", "low"])
def test_a_note_leaves_its_words_in_sight(open_page, address, size):
    page = open_page(f"{address}/?page=1", viewport=size)
    linked(page)
    for claim in ("1.3", "1.4", "1.14"):
        mark = page.locator(f"#page-two-ways a.claim[data-claim='{claim}']")
        mark.evaluate("(one) => one.scrollIntoView({ block: 'center' })")
        mark.evaluate("(one) => { one.id = 'its-words'; one.closest('p').id = 'its-paragraph'; }")
        mark.click()
        page.wait_for_selector("#claim-note:popover-open")
        assert not page.evaluate(OVERLAP, ["#claim-note", "#its-words"]), claim
        assert size is not WIDE or not page.evaluate(OVERLAP, ["#claim-note", "#its-paragraph"]), claim
        page.keyboard.press("Escape")
        mark.evaluate("(one) => { one.id = ''; one.closest('p').id = ''; }")


def test_a_simile_has_the_mark_of_a_picture_and_no_full_line(open_page, address):
    page = open_page(f"{address}/?page=1", viewport=WIDE)
    linked(page)
    drawn = "(one) => { const { borderBottomWidth, textDecorationStyle } = getComputedStyle(one); return [borderBottomWidth, textDecorationStyle]; }"
    simile, fact = (
        page.locator(f"#page-two-ways a.claim[data-claim='{id}']").first.evaluate(drawn) for id in ("1.14", "1.4")
    )
    legend = page.locator(".legend-of-marks .mark[data-status=illustration]").evaluate(drawn)
    assert simile == legend == ["0px", "wavy"] and fact == ["1px", "solid"]


def test_a_note_fits_a_phone(open_page, address):
    page = open_page(f"{address}/?page=1", viewport=PHONE)
    linked(page)
    page.locator("a.claim:visible").first.click()
    box = page.locator("#claim-note").bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= PHONE["width"]


@pytest.mark.long
def test_every_page_fits_a_phone_and_reads_without_serious_findings(open_page, address):
    from axe_playwright_python.sync_playwright import Axe

    page = open_page(f"{address}/?page=1", viewport=PHONE, color_scheme="light")
    linked(page)
    for story_page in PAGES:
        page.evaluate("(slug) => document.querySelector(`.story-nav [data-page=${slug}]`).click()", story_page.slug)
        for embed in story_page.embeds:
            if embed.kind == "chart":
                page.wait_for_selector(f"#chart-{embed.target} .main-svg", state="attached")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], story_page.slug
        page.evaluate("for (const one of document.querySelectorAll('.story-page.open details')) one.open = true")
        found = Axe().run(page, context="#story").response["violations"]
        serious = [
            (one["id"], [node["html"][:160] for node in one["nodes"]][:3])
            for one in found
            if one["impact"] in ("serious", "critical")
        ]
        assert serious == [], story_page.slug


def test_a_closed_story_asks_the_server_nothing(stage, page):
    linked(page)
    stage.run("I need a dentist", length=16, steps=4)
    stage.finish()
    page.asked.clear()
    page.wait_for_timeout(600)  # longer than a panel waits for its sliders to rest
    assert page.asked == []
