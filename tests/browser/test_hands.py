"""Hands on the picture: passes on the stage, figures, ticks, scrubbing, presets, the hint of a first visit."""

import json

import pytest

from playground.export.html import to_html
from playground.request.settings_table import defaults
from playground.trace.trace import Trace
from playground.web.constants import ASSETS

pytestmark = pytest.mark.long  # beside the stage, not on it

PASSES, SETTING = "#stage-passes", "#steps"
RECORDED = sorted(ASSETS.glob("traces/*.json"))[0]
HINT = ".hint"


@pytest.fixture
def linked(page):
    page.wait_for_selector("body[data-linked]", state="attached")
    return page


def play(page):
    """Put the recorded race with its figures on the stage, at its end."""
    trace = json.loads(RECORDED.read_text(encoding="utf-8"))
    page.evaluate("trace => window.__stage.receive({ kind: 'trace', trace })", trace)
    page.evaluate("window.__stage.seek(window.__stage.total)")


def let_go(page, value):
    """What a mouse does: press, move, let go."""
    page.locator(PASSES).evaluate(
        """(range, value) => {
            range.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true }));
            range.value = value;
            for (const name of ['input', 'change']) range.dispatchEvent(new Event(name, { bubbles: true }));
        }""",
        str(value),
    )


def test_the_slider_runs_again_on_release_and_is_the_pages_setting(linked, stage, engine):
    linked.fill("#prompt", "I need a dentist")
    before = len(engine.runs)
    let_go(linked, 4)
    stage.until("(s.header || {}).steps === 4")
    assert linked.input_value(SETTING) == "4" and len(engine.runs) == before + 1
    linked.locator(SETTING).evaluate(
        "input => { input.value = 7; input.dispatchEvent(new Event('input', { bubbles: true })); }"
    )
    assert linked.input_value(PASSES) == "7" and linked.inner_text(".passes output") == "7"
    assert linked.get_attribute(PASSES, "max") == linked.get_attribute(SETTING, "max")
    assert len(engine.runs) == before + 1, "the setting alone runs nothing"


def test_a_run_under_way_is_stopped_before_the_next(linked, stage, engine):
    linked.fill("#prompt", "block this")
    let_go(linked, 5)
    stage.until("s.state === 'live' && (s.header || {}).steps === 5")
    blocked = engine.runs[-1]
    let_go(linked, 3)
    linked.wait_for_function("document.querySelector('.stage-line').textContent !== ''")
    assert blocked.asked_to_stop.wait(20)
    engine.release.set()
    stage.until("(s.header || {}).steps === 3")


def test_arrow_keys_run_once_when_they_rest(linked, stage, engine):
    linked.fill("#prompt", "I need a dentist")
    before = len(engine.runs)
    linked.focus(PASSES)
    for _ in range(3):
        linked.keyboard.press("ArrowRight")
    stage.until(f"(s.header || {{}}).steps === {defaults()['steps'] + 3}")
    assert len(engine.runs) == before + 1


def test_the_slider_says_why_it_cannot_run(linked):
    linked.context.set_offline(True)
    linked.wait_for_selector(f"{PASSES}:disabled")
    assert "no connection" in linked.get_attribute(".passes", "title")
    linked.context.set_offline(False)
    linked.wait_for_selector(f"{PASSES}:enabled")


def test_figures_wait_for_the_end_and_then_are_the_terminals(linked):
    linked.wait_for_selector(".tool-figures")
    play(linked)
    linked.evaluate("window.__stage.seek(5)")
    linked.click(".tool-figures")
    assert "run to its end" in linked.inner_text("#stage-figures")
    linked.evaluate("window.__stage.seek(window.__stage.total)")
    linked.wait_for_selector("#stage-figures table")
    shown = linked.inner_text("#stage-figures")
    for row in ("first token", "first readable word", "between arrivals, p50 / p95", "share of peak", "commits"):
        assert row in shown
    assert linked.locator("#stage-figures thead th").all_inner_texts() == ["Diffusion", "Autoregressive"]
    linked.click(".tool-figures")
    assert linked.locator("#stage-figures").is_hidden()


def test_a_saved_file_has_figures_and_no_slider(chromium, tmp_path):
    trace = Trace.loads(RECORDED.read_text(encoding="utf-8"))
    (tmp_path / "run.html").write_text("".join(to_html(trace)), encoding="utf-8")
    context = chromium.new_context()
    page = context.new_page()
    page.goto((tmp_path / "run.html").as_uri())
    page.click(".tool-figures")
    page.evaluate("stage.seek(stage.total)")
    page.wait_for_selector("#stage-figures table")
    assert "between arrivals" in page.inner_text("#stage-figures") and page.locator(".passes").count() == 0
    context.close()


def test_a_tick_tells_of_its_pass_to_mouse_and_keyboard(linked):
    linked.wait_for_selector(".tick-tip", state="attached")
    play(linked)
    frame = next(f for f in json.loads(RECORDED.read_text())["frames"] if f["lane"] == "diffusion" and f["i"] == 3)
    box = linked.locator(".axis-range").bounding_box()
    total = linked.evaluate("window.__stage.total")
    linked.mouse.move(box["x"] + 1 + frame["t_ms"] / total * (box["width"] - 2), box["y"] + 8)
    linked.wait_for_selector(".tick-tip:visible")
    said = linked.inner_text(".tick-tip")
    assert "Diffusion, pass 3 of" in said and f"{frame['t_ms']:.1f} ms" in said and "settled" in said
    linked.mouse.move(5, 5)
    assert linked.locator(".tick-tip").is_hidden()
    linked.evaluate("window.__stage.seek(0)")
    linked.focus(".axis-range")
    linked.keyboard.press("ArrowRight")
    linked.wait_for_function(
        "/(pass|token) 1/.test(document.querySelector('.tick-tip:not([hidden])')?.textContent || '')"
    )


def test_the_mouse_scrubs_without_a_request_and_words_stay_clickable(linked, stage):
    linked.wait_for_selector(".tick-tip", state="attached")
    play(linked)
    asked = len(linked.asked)
    head = linked.locator(".lane-head").first.bounding_box()
    x, y = head["x"] + head["width"] * 0.6, head["y"] + 12
    linked.mouse.move(x, y)
    linked.mouse.down()
    linked.mouse.move(x - head["width"] / 2, y, steps=6)
    linked.mouse.up()
    assert stage.clock == pytest.approx(stage.total / 2, rel=0.02) and not stage.playing
    linked.mouse.move(x, y + 200)
    here = stage.clock
    linked.mouse.wheel(120, 0)
    stage.until(f"s.clock > {here}")
    here = stage.clock
    linked.mouse.wheel(0, 10)
    linked.wait_for_timeout(200)
    assert stage.clock == here and len(linked.asked) == asked
    linked.click(".lane[data-kind=diffusion] .slots .slot:nth-child(3)")
    linked.wait_for_selector(".token-panel .life-head")


def test_a_preset_sets_the_sampler_and_the_menu_knows_it_again(linked, stage):
    stage.open_settings()
    linked.select_option("#preset", "fast_dllm")
    values = [linked.input_value(f"#{name}") for name in ("commit", "cache", "steps", "blocks")]
    assert values == ["threshold", "dual", "64", "2"] and linked.input_value("#preset") == "fast_dllm"
    assert "2505.22618" in linked.inner_text(".setting:has(#preset) .what")
    linked.select_option("#cache", "none")
    linked.wait_for_function("document.querySelector('#preset').value === ''")
    linked.select_option("#cache", "dual")
    linked.wait_for_function("document.querySelector('#preset').value === 'fast_dllm'")
    linked.select_option("#preset", "diffusion_gemma")
    assert [linked.input_value(f"#{name}") for name in ("noise", "revise")] == ["tokens", "renoise"]


def test_the_hint_comes_once_and_goes_for_good(open_page):
    page = open_page()
    page.wait_for_selector(HINT)
    assert "Click a word" in page.inner_text(HINT)
    page.click(f"{HINT} button")
    assert page.locator(HINT).count() == 0
    page.reload()
    page.wait_for_selector(".tool-figures")
    assert page.locator(HINT).count() == 0


def test_the_hint_goes_when_a_word_is_opened_and_not_to_those_who_want_it_still(open_page):
    page = open_page()
    page.wait_for_selector(HINT)
    page.click(".lane[data-kind=diffusion] .slots .slot:nth-child(3)")
    page.wait_for_function(f"!document.querySelector('{HINT}')")
    still = open_page(reduced_motion="reduce")
    still.wait_for_selector(".tool-figures")
    assert still.locator(HINT).count() == 0
