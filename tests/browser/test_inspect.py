"""Inspecting a token: its life from the records, and what the model looked at, asked for only on demand."""

import pytest

from test_see import trace

pytestmark = pytest.mark.long  # beside the stage, not on it

SLOT = ".lane[data-kind={}] .slots .slot:nth-child({})"


@pytest.fixture
def raced(stage):
    stage.run("I need a dentist", length=16, steps=4)
    stage.finish()
    return stage


def pin(page, kind="diffusion", n=6):
    page.click(SLOT.format(kind, n))
    page.wait_for_selector(".token-panel")


def test_hovering_shows_a_life_and_asks_nobody(raced, page):
    page.wait_for_load_state("networkidle")
    page.asked.clear()
    page.hover(SLOT.format("diffusion", 6))
    card = page.locator(".life-card")
    card.wait_for()
    text = card.inner_text()
    assert page.inner_text(SLOT.format("diffusion", 6)) in text
    assert "pass" in text and "maybe 20" in text and "6 of 16" in text
    page.mouse.move(5, 5)
    card.wait_for(state="hidden")
    assert page.asked == []


def test_a_life_goes_up_to_the_pass_that_is_shown(raced, page):
    last = page.locator(".lane[data-kind=diffusion] .slot.fresh").first  # settled by the last pass
    last.click()
    assert "settled pass 4" in page.inner_text(".life-rows")
    assert page.locator(".spark-line").count() == 1, "its confidence as a draft changed"
    page.evaluate("window.__stage.seek(30)")
    page.wait_for_function("document.querySelector('.life-state').textContent.startsWith('a draft')")
    assert "settled" not in page.inner_text(".life")
    page.evaluate("window.__stage.seek(0)")
    page.wait_for_function("document.querySelector('.life-state').textContent === 'noise'")


def test_a_click_pins_and_escape_closes(raced, page):
    pin(page)
    assert page.locator(".slot.chosen").count() == 1 and page.locator(".lane.inspecting").count() == 1
    page.keyboard.press("Escape")
    assert page.locator(".token-panel").count() == 0
    assert "token 6 of 16" in page.evaluate("document.activeElement.getAttribute('aria-label')")


def test_the_keyboard_alone_is_enough(raced, page):
    page.locator(".lane[data-kind=ar] .cursor").focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "ArrowUp", "End", "Home", "ArrowRight"):
        page.keyboard.press(key)
    label = page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert label.startswith("Autoregressive, token 2 of 16") and "settled" in label
    assert page.locator(".life-card").is_visible()
    page.keyboard.press("Enter")
    assert "token 2" in page.get_attribute(".token-panel", "aria-label")


def test_what_it_looked_at_is_asked_once_and_drawn_as_arcs(raced, page, engine):
    engine.asked.clear()
    pin(page)
    assert engine.asked == [] and page.locator(".arcs").count() == 0
    page.click("text=What it looked at")
    page.wait_for_selector(".arcs path")
    words = page.inner_text(".look-words")
    assert "prompt" in words and "left" in words and "right" in words and "all heads and layers" in words
    assert len(engine.asked) == 1 and engine.asked[0][0] == "diffusion"
    for _ in range(2):
        page.click("text=What it looked at")
    assert len(engine.asked) == 1
    page.keyboard.press("Escape")
    assert page.locator(".arcs").count() == 0


def test_ar_never_looks_right(raced, page, engine):
    pin(page, "ar", 5)
    page.click("text=What it looked at")
    page.wait_for_selector(".arcs path")
    assert "cannot look right" in page.inner_text(".look-words")
    right = page.evaluate("""() => {
      const chosen = document.querySelector('.slot.chosen').getBoundingClientRect();
      return [...document.querySelectorAll('.arcs rect')].map((rect) => rect.getBoundingClientRect())
        .filter((box) => box.top > chosen.bottom - 4 || (Math.abs(box.top - chosen.top) < 4 && box.left > chosen.left)).length;
    }""")
    assert right == 0


def reopened(page, **header):
    """The run on the stage as if a file had brought it, with some of its header changed."""
    page.evaluate(
        """(header) => {
      const { trace } = window.__stage;
      const lanes = trace.lanes.map((lane) => ({ ...lane, about: { ...lane.about, model: `twin-${lane.kind}` } }));
      window.__stage.receive({ kind: 'trace', trace: { ...trace, lanes, run: { ...trace.run, id: 'another', ...header } } });
      window.__stage.seek(window.__stage.total);
    }""",
        header,
    )


def test_a_run_of_other_weights_gets_no_arcs(raced, page, engine):
    reopened(page, checkpoints={"twin-diffusion": "0123456789abcdef"})
    pin(page)
    page.click("text=What it looked at")
    page.wait_for_selector(".look[data-tone=error]")
    assert "other weights (0123456789ab)" in page.inner_text(".look-words") and page.locator(".arcs path").count() == 0


def test_arcs_say_what_they_leave_out(raced, page, engine):
    reopened(page, checkpoints=dict(engine.checkpoints), cache="dual", guidance=1.5)
    pin(page)
    page.click("text=What it looked at")
    page.wait_for_selector(".arcs path")
    assert "used cache and guidance; this is the exact pass without" in page.inner_text(".look-words")
    assert "does not name" not in page.inner_text(".look-words")
    pin(page, "ar", 3)
    page.wait_for_selector(".lane[data-kind=ar] .arcs path")
    assert "exact pass" not in page.inner_text(".look-words")


def test_a_question_that_fails_is_said(raced, page, engine, monkeypatch):
    monkeypatch.setattr(engine, "attention", lambda *_: 1 / 0)
    pin(page)
    page.click("text=What it looked at")
    page.wait_for_selector(".look[data-tone=error]")
    assert "could not be computed" in page.inner_text(".look-words")


def test_a_word_of_the_text_opens_its_token_on_a_phone(open_page):
    from stage_driver import Stage

    page = open_page(viewport={"width": 390, "height": 844})
    stage = Stage(page)
    stage.run("I need a dentist", length=16, steps=4)
    stage.finish()
    page.locator(".lane[data-kind=diffusion] .reading .word").nth(3).click()
    assert page.locator(".token-panel").is_visible() and page.locator(".lane[data-kind=diffusion] .slots").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_text_in_a_panel_is_text(page, stage):
    page.evaluate("""() => {
      const evil = '<img src=x onerror=window.__hurt=1>';
      const lane = { key: 'diffusion', kind: 'diffusion', title: 'Diffusion', prompt: 1, length: 2, about: {} };
      const frames = [{ lane: 'diffusion', i: 0, t_ms: 0, ms: 0, open: 2, phase: 'noise', top: {}, changes: [[0, 'Hi', null, 'prompt', 1]] },
        { lane: 'diffusion', i: 1, t_ms: 10, ms: 10, open: 0, phase: 'final', top: { 1: [[evil, 0.2]] },
          changes: [[1, evil, 0.5, 'committed', 2], [2, evil, 0.5, 'committed', 3]] }];
      window.__stage.receive({ kind: 'trace', trace: { run: {}, lanes: [lane], frames, verdict: null, ended: 'done' } });
      window.__stage.seek(10);
    }""")
    stage.until("s.shown.diffusion === 1")
    pin(page, n=1)
    page.click("button.act:text-is('Take it back')")
    assert "<img" in page.inner_text(".token-panel")
    assert page.evaluate("window.__hurt === undefined && !document.querySelector('.stage img')")


def test_only_a_word_that_a_lane_wrote_is_looked_from(page, stage):
    start = [
        [0, "Hi", None, "prompt", 9],
        *([at, "", None, "noise", 1] for at in (1, 2, 3)),
        [4, " end", None, "pinned", 5],
    ]
    page.evaluate(
        "(trace) => window.__stage.receive({ kind: 'trace', trace })", trace([start, [[1, " a", 0.5, "draft", 5]]])
    )
    assert page.evaluate("window.__stage.look('diffusion')") is False
    assert page.evaluate("window.__stage.look('ar')") is False, "no such lane is on the stage"
    given = [
        [0, "Hi", None, "prompt", 9],
        [1, " a", None, "committed", 5],
        [2, " b", None, "committed", 6],
        [3, "", None, "noise", 1],
    ]
    page.evaluate(
        "(trace) => window.__stage.receive({ kind: 'trace', trace })",
        trace([given, [[1, " a", 0.5, "committed", 5]]], length=3),
    )
    assert page.evaluate("window.__stage.look('diffusion')") is False, "a given text was written by nobody"
    page.evaluate(
        "(trace) => window.__stage.receive({ kind: 'trace', trace })", trace([start, [[1, " a", 0.5, "committed", 5]]])
    )
    page.evaluate("window.__stage.look('diffusion')")
    page.wait_for_selector(".token-panel")
    assert "token 1" in page.get_attribute(".token-panel", "aria-label")
