"""Talk mode: slides, keys of presenter mode, speaker notes; and all of it without a network once it has begun."""

import json

import pytest

from playground.export.html import to_html
from playground.story.slides import slides
from playground.trace.trace import Trace
from stage_driver import Stage

pytestmark = pytest.mark.long  # beside the stage, not on it

SLIDES = slides()
SMALL = """() => {
  const small = [], walker = document.createTreeWalker(document.querySelector('.stage'), NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const { parentElement: box, data } = walker.currentNode;
    if (!data.trim() || !box.checkVisibility({ visibilityProperty: true }) || box.closest('.mirror, .slot, style')) continue;
    const size = parseFloat(getComputedStyle(box).fontSize);
    if (size < 20) small.push([size, box.className, data.slice(0, 40)]);
  }
  return small;
}"""


@pytest.fixture
def talk(page):
    """The page with the first slide on the wall, and its stage."""
    page.wait_for_selector("body[data-linked]", state="attached")
    page.click(".tool-talk")
    page.wait_for_selector(".slide-sentence")
    return Stage(page)


def on_slide(page, number):
    page.wait_for_function(
        "(words) => document.querySelector('.slide-sentence').textContent === words", arg=SLIDES[number - 1].sentence
    )
    assert page.inner_text(".slide-place") == f"{number} of {len(SLIDES)}"


def test_nothing_of_the_talk_comes_before_it_is_asked_for(page):
    page.wait_for_selector("body[data-linked]", state="attached")
    came = lambda: [url for url in page.asked if "/talk/talk.js" in url or "scenes" in url]  # noqa: E731 - read twice
    assert came() == []
    page.keyboard.press("f")
    page.wait_for_selector(".slide", state="attached")
    assert len(came()) == 2 and page.is_hidden(".slide"), "presenter mode alone shows no slide"


def test_all_slides_play_without_a_network_once_the_talk_has_begun(talk, page):
    page.context.set_offline(True)
    for number, slide in enumerate(SLIDES, start=1):
        on_slide(page, number)
        talk.until(f"s.header.prompt === {json.dumps(slide.race['prompt'])} && s.recorded && s.playing && s.presenting")
        page.evaluate("window.__stage.seek(window.__stage.total)")
        talk.until("s.clock >= s.total - 1e-6")
        page.wait_for_selector(".stage-line[data-tone=verdict]")
        page.keyboard.press("PageDown")
    on_slide(page, len(SLIDES))  # there is no slide after the last


@pytest.mark.parametrize("on, back", [("PageDown", "PageUp"), ("ArrowDown", "ArrowUp"), ("]", "["), ("n", "b")])
def test_keys_of_a_clicker_and_of_a_speaker_step_through_the_slides(talk, page, on, back):
    page.keyboard.press(on)
    on_slide(page, 2)
    page.keyboard.press(on)
    on_slide(page, 3)
    page.keyboard.press(back)
    on_slide(page, 2)


def test_a_step_from_presenter_mode_is_the_first_slide_and_escape_leaves_all(page, stage):
    page.keyboard.press("f")
    page.wait_for_selector(".slide", state="attached")
    page.keyboard.press("PageDown")
    on_slide(page, 1)
    assert "talk=1" in page.url
    page.keyboard.press("Escape")
    stage.until("!s.presenting")
    assert page.is_hidden(".slide") and "talk" not in page.url
    page.keyboard.press("PageDown")
    assert page.is_hidden(".slide"), "outside of presenter mode the key scrolls the page"


def test_an_address_opens_the_talk_at_its_slide(open_page, address):
    page = open_page(f"{address}/?talk=3")
    page.wait_for_selector(".slide-sentence")
    on_slide(page, 3)
    assert Stage(page).presenting and page.is_hidden(".page-note")


def test_equal_steps_and_the_map_are_a_slides_own(talk, page):
    assert page.is_hidden(".map")
    for _ in range(len(SLIDES)):
        show = SLIDES[int(page.inner_text(".slide-place").split()[0]) - 1].show
        assert page.is_visible(".map") == (show == "map")
        assert ("equal steps" in page.inner_text(".factor")) == (show == "equal")
        page.keyboard.press("PageDown")
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    page.keyboard.press("m")
    assert page.is_visible(".map")
    page.keyboard.press("e")
    page.wait_for_function("document.querySelector('.factor').textContent.includes('equal steps')")


def test_a_run_from_a_slide_is_the_same_race_live(talk, page, engine):
    for _ in range(4):
        page.keyboard.press("PageDown")
    on_slide(page, 5)
    page.keyboard.press("r")
    talk.until("s.own && !s.recorded")
    asked = engine.runs[-1].request
    race = SLIDES[4].race
    assert {name: getattr(asked, name) for name in race} == dict(race)
    assert page.inner_text(".slide-sentence") == SLIDES[4].sentence
    page.keyboard.press("PageDown")
    talk.until("s.recorded")


def test_a_run_from_presenter_mode_is_of_the_prompt_on_the_page(page, stage, engine):
    page.wait_for_selector("body[data-linked]", state="attached")
    page.fill("#prompt", "what the page says")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("f")
    page.wait_for_selector(".slide", state="attached")
    page.keyboard.press("R")
    stage.until("s.own && s.header.prompt === 'what the page says'")
    assert stage.presenting


def test_a_prompt_is_typed_in_large_type_and_run(talk, page, engine):
    page.keyboard.press("/")
    field = page.locator(".ask-prompt")
    assert field.evaluate("(one) => document.activeElement === one && parseFloat(getComputedStyle(one).fontSize) >= 40")
    assert field.input_value() == ""
    page.keyboard.type("r/] from the hall")
    page.keyboard.press("Escape")
    assert field.is_hidden() and talk.presenting, "Escape closes the field alone"
    page.keyboard.press("/")
    page.keyboard.type("from the hall")
    page.keyboard.press("Enter")
    talk.until("s.own && s.header.prompt === 'from the hall'")
    assert field.is_hidden() and "from the hall" in page.inner_text(".slide-asked")
    assert engine.runs[-1].request.length == SLIDES[0].race["length"], "with the settings of the slide"


def test_a_server_that_cannot_be_reached_is_said_on_the_wall(talk, page):
    page.context.set_offline(True)
    page.keyboard.press("/")
    page.keyboard.type("from the hall")
    page.keyboard.press("Enter")
    said = page.locator(".ask-said")
    page.wait_for_function("document.querySelector('.ask-said').textContent.includes('cannot be reached')")
    assert said.is_visible() and said.evaluate("(one) => parseFloat(getComputedStyle(one).fontSize)") >= 28
    assert page.locator(".ask-prompt").input_value() == "from the hall", "it can be sent again"
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    wall = page.locator(".talk-said")
    page.wait_for_function("document.querySelector('.talk-said').textContent.includes('cannot be reached')")
    assert wall.is_visible() and wall.evaluate("(one) => parseFloat(getComputedStyle(one).fontSize)") >= 28
    page.keyboard.press("]")
    on_slide(page, 2)
    assert wall.inner_text() == ""
    assert talk.recorded


def test_the_last_words_carry_their_reason_and_all_fits_the_wall(talk, page):
    for slide in SLIDES:
        for moment in ("0.4", "1"):
            page.evaluate(f"window.__stage.seek(window.__stage.total * {moment})")
            page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
            assert page.evaluate(SMALL) == [], slide.name
            size = page.locator(".slide-sentence").evaluate("(one) => parseFloat(getComputedStyle(one).fontSize)")
            assert size >= 40
        line = page.locator(".stage-line")
        assert page.locator(".stage-line .detail >> visible=true").count() == 1, slide.name
        box = line.bounding_box()
        assert box["y"] + box["height"] <= 720, slide.name
        last = page.locator(".stage-line .finish").last.bounding_box()
        assert last["y"] + last["height"] <= 720, f"{slide.name}: a line is cut"
        page.keyboard.press("PageDown")


def test_the_notes_in_a_second_window_keep_in_step(talk, page):
    with page.context.expect_page() as opened:
        page.keyboard.press("s")
    notes = opened.value
    in_step = (
        "([sentence, note]) => document.body.innerText.includes(sentence) && document.body.innerText.includes(note)"
    )
    notes.wait_for_function(in_step, arg=[SLIDES[0].note, f"Next: {SLIDES[1].sentence}"])
    page.keyboard.press("PageDown")
    notes.wait_for_function(in_step, arg=[SLIDES[1].note, "Slide 2 of 10"])
    notes.keyboard.press("PageDown")  # a clicker may have its focus there
    on_slide(page, 3)
    notes.wait_for_function(in_step, arg=[SLIDES[2].note, SLIDES[2].sentence])
    assert "of the talk" in notes.inner_text(".note-clock")
    page.bring_to_front()
    page.keyboard.press("Escape")
    notes.wait_for_function(in_step, arg=["No slide is on the wall", "Page Down"])


def test_the_address_stands_on_the_wall_as_a_code(talk, page, address):
    page.keyboard.press("q")
    code = page.get_by_role("img", name="QR code of the address")
    code.wait_for()
    assert code.bounding_box()["height"] > 600 and page.locator(".big-code path").get_attribute("d")
    assert page.inner_text(".big-code-link").startswith("http")
    assert page.locator(".big-code-link").evaluate("(one) => parseFloat(getComputedStyle(one).fontSize)") >= 36
    page.keyboard.press("q")
    assert code.is_hidden() and talk.presenting


def test_the_list_of_keys_has_those_of_the_talk(page):
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys")
    page.wait_for_function("document.querySelector('.keys').innerText.includes('speaker notes')")
    for does in ("run live", "type a prompt in large type", "a slide back", "a slide on", "QR code"):
        assert does in dialog.inner_text()


def test_with_reduced_motion_a_slide_shows_its_end(open_page, address):
    page = open_page(f"{address}/?talk", reduced_motion="reduce")
    page.wait_for_selector(".slide-sentence")
    Stage(page).until("!s.playing && s.recorded && s.clock >= s.total - 1e-6")


def test_a_talk_that_does_not_load_says_so_and_can_be_tried_again(page):
    page.wait_for_selector("body[data-linked]", state="attached")
    page.context.set_offline(True)
    page.click(".tool-talk")
    page.wait_for_selector(".stage-line[data-tone=error]")
    assert "slides did not load" in page.inner_text(".stage-line")
    page.keyboard.press("Escape")
    page.context.set_offline(False)
    page.click(".tool-talk")
    page.wait_for_selector(".slide-sentence")
    on_slide(page, 1)


def test_a_saved_file_has_presenter_mode_and_no_talk(chromium, tmp_path):
    path = tmp_path / "run.html"
    path.write_text("".join(to_html(Trace.loads(SLIDES[0].scene.read_text(encoding="utf-8")))), encoding="utf-8")
    page = chromium.new_page(viewport={"width": 1280, "height": 720})
    page.add_init_script("window.faults = []; addEventListener('error', ({ message }) => window.faults.push(message));")
    page.goto(path.as_uri())
    page.wait_for_function("window.__stage && window.__stage.trace")
    assert page.locator(".tool-talk").count() == 0
    page.keyboard.press("f")
    page.keyboard.press("m")
    assert page.is_visible(".map") and page.evaluate("window.__stage.presenting")
    page.keyboard.press("m")
    page.evaluate("window.__stage.seek(window.__stage.total)")
    page.wait_for_selector(".stage-line[data-tone=verdict] .detail")
    assert page.evaluate(SMALL) == []
    page.keyboard.press("Escape")
    assert not page.evaluate("window.__stage.presenting") and page.evaluate("window.faults") == []
    page.close()


def test_a_prompt_of_any_length_stays_on_the_wall(talk, page):
    page.keyboard.press("/")
    page.locator(".ask-prompt").fill("a long request of the audience " * 9)
    page.keyboard.press("Enter")
    talk.until("s.own && s.header.prompt.startsWith('a long request')")
    assert page.evaluate("document.querySelector('.slide').scrollWidth <= innerWidth")
    assert page.locator(".slide-place").bounding_box()["x"] < 1280
