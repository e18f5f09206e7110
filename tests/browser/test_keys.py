"""The stage without a mouse: keys, the list of them, presenter mode; names and roles."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from stage_driver import Stage


@pytest.fixture
def done(stage, page):
    stage.run("I need a dentist", length=16, steps=4)
    stage.finish()
    page.evaluate("document.activeElement.blur()")
    return stage


def test_keys_play_step_jump_and_choose_the_speed(done, page):
    press = page.keyboard.press
    press("Home")
    done.until("s.clock === 0 && s.shown.ar === 0")
    press("ArrowRight")
    done.until("s.clock > 0 && s.shown.ar + s.shown.diffusion === 1")
    press("ArrowLeft")
    done.until("s.clock === 0")
    press("End")
    done.until("s.clock >= s.total - 1e-6")
    for key, speed in zip("123456", (1, 2, 4, 10, 25, 50)):
        press(key)
        assert done.speed == speed and page.input_value(".speed") == str(speed)
    press("Space")
    done.until("s.playing")
    press("Space")
    done.until("!s.playing")
    press("e")
    assert page.get_by_label("equal steps").is_checked()
    press("m")
    assert page.locator(".map").is_visible()
    press("m")
    assert page.locator(".map").is_hidden()


def test_no_key_acts_while_someone_types_or_chooses(done, page):
    page.focus("#prompt")
    page.keyboard.type("f 1?m e")
    assert page.input_value("#prompt").endswith("f 1?m e")
    assert (
        not done.presenting
        and done.speed == 10
        and not page.get_by_label("equal steps").is_checked()
        and not done.playing
    )
    assert page.locator(".keys").is_hidden() and page.locator(".map").is_hidden()
    page.focus(".speed")
    page.keyboard.press("m")
    assert page.locator(".map").is_hidden()
    page.evaluate("window.__stage.setSpeed(50)")  # seconds of playback, so that the look comes in time
    page.focus(".transport-restart")
    page.keyboard.press("Space")
    done.until("s.playing")  # the button's own doing: play anew, not pause


def test_keys_work_from_the_sliders_of_the_stage(done, page):
    page.focus(".axis-range")
    page.keyboard.press("2")
    assert done.speed == 2
    page.keyboard.press("m")
    page.focus(".map-range >> nth=0")
    page.keyboard.press("Home")
    done.until("s.clock === 0")
    page.keyboard.press("ArrowRight")
    done.until("s.clock > 0")


def test_the_keys_are_listed_and_letters_can_be_turned_off(done, page):
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys")
    assert dialog.is_visible()
    for word in ("play or pause", "one pass back or on", "presenter mode", "map of positions"):
        assert word in dialog.inner_text()
    page.get_by_label("letters and digits are keys").uncheck()
    page.keyboard.press("Escape")
    assert dialog.is_hidden()
    page.keyboard.press("m")
    assert page.locator(".map").is_hidden()
    page.keyboard.press("?")
    page.get_by_label("letters and digits are keys").check()
    page.get_by_role("button", name="Close").click()
    page.keyboard.press("m")
    assert page.locator(".map").is_visible()


def test_presenter_mode_is_large_bare_and_left_by_escape(done, page):
    before = page.locator(".slots .slot").nth(0).evaluate("(slot) => parseFloat(getComputedStyle(slot).fontSize)")
    page.evaluate("window.__stage.seek(window.__stage.total / 3)")
    page.keyboard.press("f")
    page.wait_for_function("document.querySelector('.stage').classList.contains('presenting')")
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    for hidden in (".transport-buttons", ".speed", ".legend-drafts", ".tool-map"):
        assert page.locator(hidden).is_hidden(), hidden
    assert "slower than real time" in page.inner_text(".factor"), "the factor is always on the screen"
    size = page.locator(".slots .slot").nth(0).evaluate("(slot) => parseFloat(getComputedStyle(slot).fontSize)")
    assert size >= 20 and size > before
    bottom = page.locator(".stage-line").bounding_box()
    assert bottom["y"] + bottom["height"] <= 720
    assert page.evaluate("document.elementFromPoint(640, 700).closest('.stage') !== null"), "nothing of the page shows"
    assert page.evaluate("Boolean(document.querySelector('#prompt').closest('[inert]'))")
    page.keyboard.press("End")
    done.until("s.clock >= s.total - 1e-6")
    reading = page.locator(".lane[data-kind=diffusion] .reading")
    reading.wait_for(state="visible")
    assert reading.bounding_box()["height"] > 180  # the verdict under it has its reason
    assert "Sure, I can help" in reading.inner_text()
    assert reading.evaluate("(text) => text.scrollHeight <= text.clientHeight + 1"), "all of the text is on the screen"
    page.keyboard.press("Escape")
    done.until("!s.presenting")
    assert page.evaluate("document.querySelector('#prompt').closest('[inert]') === null && !document.fullscreenElement")


def test_the_keyboard_alone_reaches_every_control(done, page):
    page.evaluate("document.querySelector('#theme').focus()")
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("(document.activeElement.id || document.activeElement.className)"))
    for wanted in (
        "axis-range",
        "transport-play",
        "transport-restart",
        "transport-back",
        "transport-forward",
        "speed",
        "tool tool-map",
        "tool tool-present",
        "tool tool-keys",
        "prompt",
        "run",
        "settings-toggle",
    ):
        assert wanted in reached, (wanted, reached)


VIEWS = {  # what is open, and how it is opened and closed
    "mid run": ("0", "0"),
    "map": ("window.__stage.showMap(true)", "window.__stage.showMap(false)"),
    "presenter mode": ("window.__stage.present(true)", "window.__stage.present(false)"),
    "keys": ("document.querySelector('.tool-keys').click()", "document.querySelector('.keys').close()"),
    "settings": ("document.querySelector('#settings-toggle').click()", "0"),
}


@pytest.mark.long
@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_axe_finds_nothing_serious(open_page, scheme):
    page = open_page(color_scheme=scheme)
    stage = Stage(page)
    stage.run("I need a dentist", length=16, steps=4)
    stage.until("!s.underWay")
    page.evaluate("window.__stage.seek(window.__stage.total * 0.4)")
    stage.until("s.shown.diffusion >= 1 && !s.playing")
    for view, (open_, close) in VIEWS.items():
        page.evaluate(open_)
        page.evaluate("""() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))
            .then(() => Promise.all(document.getAnimations().map((flash) => flash.finished.catch(() => 0)))).then(() => 0)""")
        found = [one for one in Axe().run(page).response["violations"] if one["impact"] in ("serious", "critical")]
        assert not found, (view, [(one["id"], [node["html"][:120] for node in one["nodes"][:4]]) for one in found])
        page.evaluate(close)
