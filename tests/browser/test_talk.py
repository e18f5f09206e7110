"""Talk mode: slides, keys of presenter mode, speaker notes; and all of it without a network once it has begun."""

import json

import pytest

from playground.export.html import to_html
from playground.story.slides import slides
from playground.trace.trace import Trace
from stage_driver import Stage

pytestmark = pytest.mark.long  # beside the stage, not on it

SLIDES = slides()
SIZES = [(1280, 720), (1920, 1080), (1024, 768)]
NEXT_FRAME = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))"
CUT = """() => [...document.querySelectorAll('.stage.presenting *')].filter((box) => {
  if (!box.checkVisibility({ visibilityProperty: true }) || box.closest('.mirror, .slot, style, dialog, .map') || !box.textContent.trim()) return false;
  const { right, bottom } = box.getBoundingClientRect();
  const hides = /hidden|clip|auto/.test(getComputedStyle(box).overflow);
  const lane = box.closest('.lane');
  if (lane && right > lane.getBoundingClientRect().right + 1) return true;
  return right > innerWidth + 1 || bottom > innerHeight + 1 || (hides && (box.scrollWidth > box.clientWidth + 1 || box.scrollHeight > box.clientHeight + 2));
}).map((box) => `${box.className}: ${box.textContent.slice(0, 60)}`)"""
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


def settled(page):
    """Wait until what changed is laid out and drawn."""
    page.evaluate(NEXT_FRAME)
    page.evaluate(NEXT_FRAME)


def to_slide(page, number):
    page.evaluate(f"window.__stage.talk({number - 1})")
    on_slide(page, number)


def at_end(page, share=1.0):
    page.evaluate(f"window.__stage.seek(window.__stage.total * {share})")
    settled(page)


def numbered(name):
    return next(number for number, slide in enumerate(SLIDES, start=1) if slide.name == name)


@pytest.fixture
def talk(page):
    """The page with the first slide on the wall, and its stage."""
    page.wait_for_selector("body[data-linked]", state="attached")
    page.click(".tool-talk")
    page.wait_for_selector(".slide-sentence")
    return Stage(page)


def on_slide(page, number):
    page.wait_for_function(
        "(words) => document.querySelector('.slide-sentence')?.textContent === words", arg=SLIDES[number - 1].sentence
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
        talk.until(
            f"s.header.prompt === {json.dumps(slide.race['prompt'])} && s.recorded && s.clock > 0 && s.presenting"
        )
        page.evaluate("window.__stage.seek(window.__stage.total)")
        talk.until("s.clock >= s.total - 1e-6")
        page.wait_for_selector(".stage-line[data-tone=verdict]")
        page.keyboard.press("PageDown")
    page.wait_for_selector(".closing")  # there is no slide after the last


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
    assert page.inner_text(".slide-sentence") == "From the audience" and page.inner_text(".slide-look") == ""
    assert engine.runs[-1].request.length == 64, "with room for any reply"


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
            settled(page)
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


def test_a_key_in_the_notes_is_the_open_dialogs_and_the_keyboard_follows_the_field(talk, page):
    """The target of a key there is an element of another window."""
    with page.context.expect_page() as opened:
        page.keyboard.press("s")
    notes = opened.value
    notes.keyboard.press("q")
    page.wait_for_selector(".big-code[open]")
    notes.keyboard.press("q")  # the code after its warning
    page.wait_for_selector(".big-code svg")
    notes.keyboard.press("PageDown")
    page.wait_for_selector(".big-code:not([open])", state="attached")
    on_slide(page, 1)
    page.evaluate("() => { window.calls = 0; window.focus = () => { window.calls += 1; }; }")
    notes.keyboard.press("/")
    page.wait_for_selector(".ask[open]")
    assert page.evaluate("window.calls") == 1
    notes.keyboard.type("bn] ")
    on_slide(page, 1)
    notes.keyboard.press("Escape")
    page.wait_for_selector(".ask:not([open])", state="attached")
    assert talk.presenting, "Escape closes the field alone"
    notes.keyboard.press("PageDown")
    on_slide(page, 2)


def test_the_address_stands_on_the_wall_as_a_code(talk, page, address):
    page.keyboard.press("q")
    dialog = page.locator(".big-code")
    dialog.wait_for()
    assert "room cannot open this address" in dialog.inner_text(), "warned of before the room sees it"
    assert "--host" in dialog.inner_text() and dialog.locator("svg").count() == 0
    page.keyboard.press("q")
    code = dialog.get_by_role("img", name="QR code of the address")
    code.wait_for()
    assert code.bounding_box()["height"] > 600 and page.locator(".big-code path").get_attribute("d")
    assert dialog.locator(".big-code-link").inner_text().startswith("http")
    assert dialog.locator(".big-code-link").evaluate("(one) => parseFloat(getComputedStyle(one).fontSize)") >= 36
    page.keyboard.press("q")
    assert code.is_hidden() and talk.presenting
    page.keyboard.press("q")
    assert "room cannot open" in dialog.inner_text(), "it warns each time"


def test_an_address_that_the_room_can_open_shows_its_code_at_once_and_at_the_end(open_page, monkeypatch):
    monkeypatch.setattr("playground.ui.share.network_url", lambda port: f"http://192.168.1.5:{port}")
    page = open_page()
    page.wait_for_selector("body[data-linked]", state="attached")
    page.click(".tool-talk")
    on_slide(page, 1)
    page.keyboard.press("q")
    page.wait_for_selector(".big-code svg")
    assert "192.168.1.5" in page.locator(".big-code .big-code-link").inner_text()
    page.keyboard.press("q")
    to_slide(page, len(SLIDES))
    page.keyboard.press("PageDown")
    code = page.locator(".closing").get_by_role("img", name="QR code of the address")
    assert code.bounding_box()["height"] > 600
    assert "192.168.1.5" in page.inner_text(".closing")


def test_the_talk_ends_with_a_picture_that_replays_nothing(talk, page):
    page.evaluate("window.__stage.setSpeed(50)")  # a race of seconds, so that a look comes while it plays
    to_slide(page, len(SLIDES))
    page.keyboard.press("PageDown")
    closing = page.locator(".closing")
    closing.wait_for()
    assert not talk.playing
    words = closing.inner_text()
    assert "Diffusion playground" in words and "PageUp goes back" in words
    assert "http" not in words and "--host" not in words, "the room can do nothing with this machine's own address"
    box = closing.bounding_box()
    assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, 1280, 720)
    page.keyboard.press("PageDown")
    assert closing.is_visible() and not talk.playing, "once more changes nothing"
    page.keyboard.press("PageUp")
    on_slide(page, len(SLIDES))
    assert closing.is_hidden() and talk.playing


def test_a_clicker_closes_the_code_and_the_keys_and_goes_on(talk, page):
    for opens, dialog in (("q", ".big-code"), ("?", ".keys")):
        for closes in ("PageDown", "PageUp", "q" if opens == "q" else "?"):
            page.keyboard.press(opens)
            page.wait_for_selector(f"{dialog}[open]")
            if closes == "q":
                page.keyboard.press("q")  # the code after its warning
                page.wait_for_selector(".big-code svg")
            page.keyboard.press(closes)
            page.wait_for_selector(f"{dialog}:not([open])", state="attached")
            assert page.inner_text(".slide-place").startswith("1 of"), "it closes and does nothing else"
    page.keyboard.press("PageDown")
    on_slide(page, 2)


def test_the_talk_goes_on_where_it_was_left(talk, page):
    to_slide(page, 3)
    page.keyboard.press("Escape")
    page.wait_for_function("!window.__stage.presenting")
    page.click(".tool-talk")
    on_slide(page, 3)


def test_after_the_end_a_prompt_of_the_audience_still_runs(talk, page):
    to_slide(page, len(SLIDES))
    page.keyboard.press("PageDown")
    page.wait_for_selector(".closing")
    page.keyboard.press("/")
    page.keyboard.type("from the last row")
    page.keyboard.press("Enter")
    talk.until("s.own && s.header.prompt === 'from the last row'")
    assert page.is_hidden(".closing") and page.inner_text(".slide-sentence") == "From the audience"


def test_the_list_of_keys_has_those_of_the_talk(page):
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys")
    page.wait_for_function("document.querySelector('.keys').innerText.includes('speaker notes')")
    for does in ("run live", "type a prompt in large type", "a slide back", "a slide on", "QR code"):
        assert does in dialog.inner_text()
    assert page.get_by_role("heading", name="Talk").is_visible() and "presenting:" not in dialog.inner_text()


def test_in_talk_the_keys_of_the_talk_come_first(talk, page):
    page.keyboard.press("?")
    group, others = page.locator(".keys-talk").bounding_box(), page.locator(".keys-lists > dl").bounding_box()
    assert (group["y"], group["x"]) < (others["y"], others["x"])
    dialog = page.locator(".keys").bounding_box()
    assert dialog["y"] >= 0 and dialog["y"] + dialog["height"] <= 720


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


@pytest.mark.parametrize("key", ["PageUp", "PageDown", "Escape"])
def test_a_clicker_closes_the_field_and_stays_on_its_slide(talk, page, key):
    to_slide(page, 3)
    page.keyboard.press("/")
    page.keyboard.type("half a que")
    page.keyboard.press(key)
    assert page.is_hidden(".ask") and talk.presenting
    on_slide(page, 3)


@pytest.mark.parametrize("show", ["equal", "map"])
def test_a_prompt_of_the_audience_is_shown_at_true_times(talk, page, show):
    to_slide(page, next(number for number, slide in enumerate(SLIDES, start=1) if slide.show == show))
    page.keyboard.press("/")
    page.keyboard.type("from the hall")
    page.keyboard.press("Enter")
    talk.until("s.own && s.header.prompt === 'from the hall'")
    assert page.is_hidden(".map") and "equal steps" not in page.inner_text(".factor")
    assert page.locator(".stage").get_attribute("data-timing") == "measured"


def test_a_gap_is_a_block_in_the_line_that_was_asked(talk, page):
    to_slide(page, numbered("gap"))
    gaps = page.locator(".slide-asked .slide-gap")
    assert gaps.count() == 1 and page.get_by_role("img", name="a gap").is_visible()
    assert "▢" not in page.inner_text(".slide-asked") and "___" not in page.inner_text(".slide-asked")
    page.keyboard.press("/")
    page.keyboard.type("We ___ to ___{9} today.")
    page.keyboard.press("Enter")
    talk.until("s.own")
    small, wide = (gaps.nth(n).bounding_box()["width"] for n in range(2))
    assert small < wide and page.inner_text(".slide-asked").split() == ["We", "to", "today."]
    blue = page.evaluate("getComputedStyle(document.querySelector('.slide-gap')).backgroundColor")
    assert blue == page.evaluate(
        "getComputedStyle(document.querySelector('.lane[data-kind=diffusion] .phase-name')).color"
    )


def test_offline_is_said_until_the_browser_is_online_again_and_covers_no_line_of_the_end(talk, page):
    at_end(page)
    page.context.set_offline(True)
    page.keyboard.press("r")
    said = page.locator(".talk-said")
    page.wait_for_function("document.querySelector('.talk-said').textContent")
    settled(page)
    box = said.bounding_box()
    for line in page.locator(".stage-line .finish").all():
        assert box["y"] + box["height"] <= line.bounding_box()["y"]
    assert page.evaluate(CUT) == []
    page.context.set_offline(False)
    page.wait_for_function("!document.querySelector('.talk-said').textContent")
    assert page.is_visible(".slide-look")


def test_the_map_on_the_wall_names_its_axes_and_no_engineers_figure(talk, page):
    to_slide(page, next(number for number, slide in enumerate(SLIDES, start=1) if slide.show == "map"))
    at_end(page, 0.5)
    lane = "document.querySelector('.map-lane')"
    words = [page.evaluate(f"getComputedStyle({lane}, '{part}').content") for part in ("::before", "::after")]
    assert words == ['"places in the text →"', '"passes →"']
    sizes = [
        page.evaluate(f"parseFloat(getComputedStyle({lane}, '{part}').fontSize)") for part in ("::before", "::after")
    ]
    assert min(sizes) >= 20
    assert page.locator(".map-caption").first.is_hidden()
    assert "entropy" not in page.inner_text(".stage") and "nats" not in page.inner_text(".stage")


def test_every_slide_says_what_one_looks_at(talk, page):
    for number, slide in enumerate(SLIDES, start=1):
        to_slide(page, number)
        assert page.inner_text(".slide-look") == slide.look
        assert page.locator(".slide-look").evaluate("(one) => parseFloat(getComputedStyle(one).fontSize)") >= 22
    assert len({slide.look for slide in SLIDES}) == len(SLIDES)
    assert not any("letter" in slide.sentence for slide in SLIDES if slide.show == "equal"), "AR writes tokens"


def test_no_slide_ends_with_words_after_its_reply(talk, page):
    for number, slide in enumerate(SLIDES, start=1):
        to_slide(page, number)
        at_end(page)
        assert page.locator(".next-turn").count() == 0, slide.name


def test_the_gap_slide_shows_who_reads_both_sides(talk, page):
    to_slide(page, numbered("gap"))
    at_end(page)
    fit = page.locator(".stage-line .finish[data-name=fit]").inner_text()
    assert "The words of Diffusion fit your words" in fit and "Autoregressive ended its sentence before" in fit


def test_the_slide_of_a_question_quotes_no_place_that_was_not_asked_for(talk, page):
    to_slide(page, numbered("backward"))
    at_end(page)
    fit = page.locator(".stage-line .finish[data-name=fit]").inner_text()
    assert "The words of Diffusion fit your words" in fit
    assert "New York" not in talk.texts["diffusion"]


def test_a_word_is_seen_to_be_taken_back_and_mended(talk, page):
    to_slide(page, numbered("doubt"))
    taken = page.locator(".lane .slot[data-state=remasked]")
    total, seen = page.evaluate("window.__stage.total"), 0
    for share in range(1, 20):
        page.evaluate(f"window.__stage.seek({total} * {share} / 20)")
        settled(page)
        if taken.count():
            seen += 1
            assert taken.first.evaluate("(one) => parseFloat(getComputedStyle(one).outlineWidth)") >= 3
    assert seen, "no slot is shown taken back"
    at_end(page)
    mended = page.locator(".lane[data-key=diffusion] .reading .word[data-state=revised]")
    assert mended.count() and "underline" in mended.first.evaluate("(one) => getComputedStyle(one).textDecorationLine")
    assert talk.texts["diffusion"] != talk.texts["diffusion.b"], "without the rule its slip stays"
    assert page.locator(".figure-remasks dd").first.is_visible()


def test_the_better_rule_races_the_old_one(talk, page):
    to_slide(page, numbered("threshold"))
    received = talk.received
    assert received["diffusion.b"] < received["diffusion"] / 2, "fewer passes"
    at_end(page)
    assert talk.texts["diffusion.b"] == talk.texts["diffusion"], "for the same reply"


@pytest.mark.parametrize("width, height", SIZES)
def test_no_line_is_cut_and_the_room_is_used(open_page, width, height):
    page = open_page(viewport={"width": width, "height": height})
    page.wait_for_selector("body[data-linked]", state="attached")
    page.click(".tool-talk")
    for number, slide in enumerate(SLIDES, start=1):
        to_slide(page, number)
        for share in (0.4, 1):
            at_end(page, share)
            assert page.evaluate(CUT) == [], f"{slide.name} at {share}"
            assert page.evaluate(SMALL) == [], f"{slide.name} at {share}"
            bottom = page.locator(".stage-line").bounding_box()
            if share < 1:
                assert height - bottom["y"] - bottom["height"] < height / 8, f"{slide.name}: the wall is empty below"


def test_the_words_of_the_axis_are_whole(talk, page):
    to_slide(page, next(number for number, slide in enumerate(SLIDES, start=1) if slide.show == "equal"))
    cut = page.evaluate(
        """() => {
          const canvas = document.querySelector('.axis-canvas');
          const { data } = canvas.getContext('2d').getImageData(0, canvas.height - 2, canvas.width, 2);
          return data.some((level) => level);
        }"""
    )
    assert not cut, "a descender touches the edge"


def test_the_notes_warn_of_an_address_that_the_room_cannot_open(talk, page):
    with page.context.expect_page() as opened:
        page.keyboard.press("s")
    opened.value.wait_for_function("document.body.innerText.includes('room cannot open this address')")
    to_slide(page, len(SLIDES))
    page.keyboard.press("PageDown")
    opened.value.wait_for_function("document.body.innerText.includes('The end is on the wall')")


def test_a_mouse_that_rests_shows_nothing_on_the_wall(talk, page):
    at_end(page, 0.4)
    slot = page.locator(".lane[data-kind=diffusion] .slots .slot").nth(5)
    box = slot.bounding_box()
    page.mouse.move(box["x"] + 9, box["y"] + 9)
    page.wait_for_selector(".life-card")
    page.keyboard.press("PageDown")
    on_slide(page, 2)
    at_end(page, 0.4)
    page.wait_for_selector(".life-card", state="hidden")
    page.mouse.move(box["x"] + 30, box["y"] + 12)
    page.wait_for_selector(".life-card")
    assert page.evaluate(SMALL) == []
