"""The page for everyone: keyboard, forced colours, still pictures, 200 % zoom, phones, reloads, and colours one can read."""

import pytest

from stage_driver import DRAWN, Stage

pytestmark = pytest.mark.long  # beside the stage, not on it

LONG = {"prompt": "hello there", "length": 64, "steps": 16}
# The contrast of each text of a kind on what lies behind it; backgrounds are mixed over one another as they are drawn.
CONTRAST = """(selector) => {
  const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  const over = (...layers) => {
    canvas.clearRect(0, 0, 1, 1);
    for (const colour of layers) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); }
    return [...canvas.getImageData(0, 0, 1, 1).data.slice(0, 3)];
  };
  const light = (rgb) => rgb.map((c) => c / 255).map((c) => c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4)
    .reduce((sum, c, n) => sum + c * [.2126, .7152, .0722][n], 0);
  return [...document.querySelectorAll(selector)].filter((e) => e.textContent.trim() && e.checkVisibility()).map((element) => {
    const behind = [];
    for (let e = element; e; e = e.parentElement) behind.unshift(getComputedStyle(e).backgroundColor);
    const [text, ground] = [over(...behind, getComputedStyle(element).color), over(...behind)].map(light);
    return (Math.max(text, ground) + .05) / (Math.min(text, ground) + .05);
  });
}"""


def linked(page):
    page.wait_for_selector("body[data-linked]", state="attached")


def halfway(page):
    stage = Stage(page)
    stage.run(LONG["prompt"], length=64, steps=16)
    stage.until("!s.underWay")
    page.evaluate("window.__stage.seek(window.__stage.total * 0.4)")
    stage.until("s.clock > 0 && s.shown.diffusion > 0 && s.shown.ar > 0")
    return stage


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_what_is_to_be_read_has_contrast_in_the_middle_of_a_run(open_page, scheme):
    page = open_page(color_scheme=scheme, reduced_motion="reduce")
    linked(page)
    halfway(page)
    for confidence in ("0%", "50%", "100%"):  # of every settled word, as the least sure model might have it
        page.evaluate(
            """(much) => document.querySelectorAll('.slots .slot:is([data-state=committed], .fresh)')
            .forEach((slot) => slot.style.setProperty('--confidence', much))""",
            confidence,
        )
        for kind in (".slots .slot[data-state=committed]:not(.fresh)", ".slots .slot.fresh"):
            found = page.evaluate(CONTRAST, kind)
            assert found and min(found) >= 4.5, (scheme, kind, confidence, min(found))
    for kind in (
        ".reading .word[data-state=committed]",
        ".reading .word[data-state=draft]",
        ".prompt",
        ".card-watch",
        ".card-before",
        ".figure dt",
        ".stage-stop",
        ".knows",
    ):
        found = page.evaluate(CONTRAST, kind)
        assert not found or min(found) >= 4.5, (scheme, kind, min(found))


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_a_draft_that_is_a_blur_on_purpose_still_shows(open_page, scheme):
    """Drafts of low confidence blur as a photo in its bath does; the line below says them in full contrast."""
    page = open_page(color_scheme=scheme, reduced_motion="reduce")
    linked(page)
    halfway(page)
    page.evaluate(
        "document.querySelectorAll('.slots .slot[data-state=draft]').forEach((slot) => slot.style.setProperty('--confidence', '0%'))"
    )
    drafts = page.evaluate(CONTRAST, ".slots .slot[data-state=draft]")
    assert drafts and min(drafts) >= 3, min(drafts)


def test_forced_colours_keep_every_state_apart(open_page):
    page = open_page(forced_colors="active")
    linked(page)
    halfway(page)
    style = "(e, [name, pseudo]) => getComputedStyle(e, pseudo)[name]"
    read = lambda selector, name, pseudo=None: page.locator(selector).first.evaluate(style, [name, pseudo])  # noqa: E731
    steps = page.locator(".legend-steps i").evaluate_all("(all) => all.map((e) => getComputedStyle(e).backgroundColor)")
    assert len(set(steps[:5])) == 5, "unsure to sure"
    assert read(".slot.fresh", "outlineStyle") == "solid"
    assert read(".slot[data-state=empty]", "borderBottomStyle", "::after") == "solid"
    assert read(".word[data-state=draft]", "fontStyle") == "italic" != read(".word[data-state=committed]", "fontStyle")


def test_the_first_stop_of_the_tab_key_leads_past_the_stage(page):
    linked(page)
    page.keyboard.press("Tab")
    assert (
        page.evaluate("document.activeElement.className") == "skip"
        and page.locator(".skip").bounding_box()["width"] > 80
    )
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.id === 'prompt'")


def test_at_200_percent_the_buttons_of_a_speaker_stay(open_page):
    page = open_page(viewport={"width": 720, "height": 450})
    linked(page)
    assert page.is_visible(".tool-present") and page.is_visible(".tool-keys")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_run_that_ended_while_nothing_was_drawn_is_kept_too(page, engine):
    linked(page)
    page.evaluate("window.requestAnimationFrame = () => 1")  # as a hidden page
    page.evaluate("""() => { window.__ends = 0;
      document.addEventListener('playground:state', ({ detail }) => { if (!detail) window.__ends++; }); }""")
    Stage(page).run("the first one", length=8, steps=4)
    page.wait_for_function("!window.__stage.underWay && window.__ends === 1", polling=50)


def test_a_reload_in_the_middle_of_a_run_keeps_prompt_settings_and_the_last_finished_run(page, engine):
    linked(page)
    stage = Stage(page)
    stage.run("the first one", length=8, steps=4)
    stage.finish()
    first = stage.texts
    stage.run("block this one", length=16, steps=5)
    page.fill("#prompt", "half a thought")
    page.reload()
    page.wait_for_function("window.__stage")
    linked(page)
    assert page.input_value("#prompt") == "half a thought" and page.input_value("#steps") == "5"
    Stage(page).until(f"(s.header || {{}}).prompt === 'the first one' && {DRAWN}")
    assert Stage(page).texts == first
    assert "The reload ended your run" in page.inner_text(".page-note")
    assert page.evaluate("sessionStorage.getItem('playground-kept')") is None, "it is read once"


def test_a_reload_keeps_no_key(page):
    linked(page)
    page.fill("#prompt", "something of mine")
    page.evaluate(
        "document.querySelectorAll('input[type=password]').forEach((e) => { e.value = 'sk-secret'; e.dispatchEvent(new Event('input')); })"
    )
    kept = page.evaluate(
        "() => { dispatchEvent(new Event('pagehide')); return sessionStorage.getItem('playground-kept'); }"
    )
    assert "something+of+mine" in kept or "something of mine" in kept
    assert "sk-secret" not in kept


def test_a_page_on_which_nobody_acted_keeps_nothing(page):
    linked(page)
    page.reload()
    page.wait_for_function("window.__stage")
    linked(page)
    assert Stage(page).state == "recorded" and page.is_hidden(".page-note")


def test_stop_works_while_the_show_of_a_finished_run_plays(open_page):
    page = open_page(speed=50)
    linked(page)
    stage = Stage(page)
    stage.run("a long show", length=64, steps=16)
    stage.until("!s.underWay && s.playing")
    page.wait_for_function("!document.querySelector('#stop').disabled")
    page.click("#stop")
    stage.until("!s.playing")
    page.wait_for_function("document.querySelector('#stop').disabled")


def test_a_prompt_near_what_fits_counts_in_words(page):
    linked(page)
    room = page.locator(".prompt-count")
    assert room.inner_text() == ""
    page.fill("#prompt", "a" * 2001)
    assert "1 character too many" in room.inner_text()
    page.fill("#prompt", "a" * 600)
    assert "128 tokens of prompt, about 512 characters" in room.inner_text()
    shorter = "(input) => { input.value = 16; input.dispatchEvent(new Event('input', { bubbles: true })); }"
    page.locator("#length").evaluate(shorter)
    assert room.inner_text() == ""
    page.fill("#prompt", "short")
    assert room.inner_text() == ""


def test_right_to_left_words_are_sent_and_read_in_their_direction(page, engine):
    linked(page)
    stage = Stage(page)
    stage.run("مرحبا بالعالم", length=8, steps=2)
    assert page.get_attribute(".lane .prompt", "dir") == "auto" == page.get_attribute("#prompt", "dir")
    assert page.locator("#prompt").evaluate("(e) => getComputedStyle(e).direction") == "rtl"


def test_no_word_in_a_slot_of_a_phone_is_smaller_than_ten_pixels(open_page):
    page = open_page(viewport={"width": 390, "height": 844}, reduced_motion="reduce")
    linked(page)
    halfway(page)
    page.evaluate("""() => { const view = document.querySelector('.slots .slot[data-state=committed]');
        view.textContent = 'reservation'; }""")
    sizes = page.locator(".slots .slot").evaluate_all(
        "(all) => all.map((e) => parseFloat(getComputedStyle(e).fontSize))"
    )
    assert min(sizes) >= 10, min(sizes)
    words = page.evaluate("window.__stage.trace.frames.flatMap((f) => f.changes.map((c) => c[1].trim().length))")
    assert max(words) >= 9, "a long word was shown"


HELD = """(() => {
  const held = Object.assign(document.createElement('style'), { textContent: '* { animation-play-state: paused !important; }' });
  window.__letGo = () => held.remove();
  document.documentElement.append(held);
})()"""


def test_on_a_first_visit_the_sentence_develops_before_the_race_and_an_act_skips_it(open_page):
    covered = "document.documentElement.dataset.mounted === undefined"
    page = open_page(init=HELD, speed=0)  # as one who has never been here
    page.wait_for_selector("body[data-linked]", state="attached")
    assert page.evaluate(f"{covered} && !window.__stage.playing && window.__stage.clock === 0")
    page.evaluate("window.__letGo()")
    page.wait_for_function(f"!({covered}) && window.__stage.playing")
    assert page.evaluate("document.getAnimations().every((one) => one.animationName !== 'first-frame-develops')")
    page.reload()
    page.wait_for_function("window.__stage")
    assert not page.evaluate(covered), "it is seen once"
    page = open_page(init=HELD, speed=0)
    run = page.locator("#run").bounding_box()
    page.mouse.click(run["x"] + 9, run["y"] + 9)
    page.wait_for_function(f"!({covered}) && window.__stage.playing")  # though the sentence is held
    assert page.evaluate("window.__stage.state") == "recorded", "what the frame covers is not pressed"
    page = open_page(f"{page.url}?page=1", init=HELD, speed=0)
    page.wait_for_function("window.__stage")
    assert not page.evaluate(covered), "a link leads there at once"


@pytest.mark.parametrize("width, height", [(390, 844), (720, 450)])
def test_on_a_narrow_wall_no_name_is_cut_and_the_last_line_can_be_reached(open_page, width, height):
    page = open_page(viewport={"width": width, "height": height}, reduced_motion="reduce")
    linked(page)
    page.evaluate("window.__stage.present(true)")
    page.wait_for_function("getComputedStyle(document.querySelector('.stage')).overflowY === 'auto'")
    cut = page.locator(".lane-title, .phase-name").evaluate_all(
        "(all) => all.filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.textContent)"
    )
    assert cut == []
    last = page.locator(".stage-line")
    last.evaluate("(line) => line.scrollIntoView({ block: 'end' })")
    box = last.bounding_box()
    assert box["y"] + box["height"] <= height


def test_the_first_frame_shows_the_decks_sentence_as_an_illustration(open_page):
    page = open_page()
    shown = page.evaluate("""() => {
      delete document.documentElement.dataset.mounted;
      const root = document.documentElement;
      return [[root, '::before'], [document.body, '::after'], [root, '::after']].map((one) => getComputedStyle(...one)).map((one) => one.content + one.animationName);
    }""")
    assert "illustration" in shown[0] and "first-frame-develops" in shown[1] and "first-frame-names" in shown[2]
    still = open_page(reduced_motion="reduce")
    content, name = still.evaluate("""() => {
      delete document.documentElement.dataset.mounted;
      const style = getComputedStyle(document.body, '::after');
      return [style.content, style.animationName];
    }""")
    assert "The cat sat on the mat" in content and "develops" not in name
