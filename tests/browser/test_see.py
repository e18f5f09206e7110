"""What the stage shows: states and their legend, confidence in greyscale, phases, map and strip, one clock, large type."""

import json
from itertools import pairwise

import pytest

from playground.files import ROOT
from playground.trace.phases import RULES
from stage_driver import Stage

STATES = ("noise", "draft", "committed", "revised", "remasked", "pinned")


def trace(passes, length=4, prompt=1, **about):
    """A trace of one diffusion lane: passes are lists of changes (position, text, confidence, state, id)."""
    lane = {
        "key": "diffusion",
        "kind": "diffusion",
        "title": "Diffusion",
        "prompt": prompt,
        "length": length,
        "about": about,
    }
    frames = [
        {
            "lane": "diffusion",
            "i": i,
            "t_ms": 10 * i,
            "ms": 10 if i else 0,
            "open": max(length - i, 0),
            "entropy": 2 / (i + 1),
            "phase": "final" if i == len(passes) - 1 else "rough",
            "top": {},
            "changes": changes,
        }
        for i, changes in enumerate(passes)
    ]
    return {"run": {}, "lanes": [lane], "frames": frames, "verdict": None, "ended": "done"}


def show(page, stage, passes, at=None, **about):
    made = trace(passes, **about)
    page.evaluate("(trace) => window.__stage.receive({ kind: 'trace', trace })", made)
    page.evaluate("(at) => window.__stage.seek(at)", 10 * (len(passes) - 1 if at is None else at))
    stage.until(f"s.shown.diffusion === {len(passes) - 1 if at is None else at}")


def every_state():
    """Six passes after which each state stands somewhere."""
    start = (
        [[0, "Hi", None, "prompt", 9]]
        + [[at, "", None, "noise", 1] for at in range(1, 6)]
        + [[6, " kept", None, "pinned", 5]]
    )
    return [
        start,
        [
            [1, " a", 0.9, "committed", 2],
            [2, " b", 0.4, "committed", 3],
            [3, " c", 0.9, "committed", 4],
            [4, " d", 0.2, "draft", 6],
        ],
        [[2, "", None, "remasked", 1], [3, " e", 0.8, "revised", 7]],
    ]


def test_every_state_has_a_look_of_its_own_and_a_name_where_it_occurs(stage, page):
    show(page, stage, every_state(), length=6)
    looks = page.evaluate("""() => Object.fromEntries([...document.querySelectorAll('.slots .slot')].map((slot) => {
      const s = getComputedStyle(slot);
      return [slot.dataset.state, [s.backgroundImage, s.color, s.textDecorationLine, s.boxShadow, s.outlineStyle].join()];
    }))""")
    assert set(looks) == set(STATES) and len(set(looks.values())) == len(STATES)
    named = page.locator(".legend-state").evaluate_all("all => all.map((item) => item.dataset.state)")
    assert named == list(STATES)


def test_the_legend_names_only_what_occurred(stage, page):
    show(page, stage, every_state()[:2], length=6)
    assert set(page.locator(".legend-state").evaluate_all("all => all.map((i) => i.dataset.state)")) == set(STATES) - {
        "revised",
        "remasked",
    }


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_confidence_is_lightness_and_every_step_can_be_read(open_page, scheme):
    """In greyscale the ramp rises or falls all the way, in steps that can be told apart, and stays legible on the ground."""
    page = open_page(color_scheme=scheme)
    Stage(page).until("s.shown.diffusion >= 1")
    for kind in ("diffusion", "ar"):
        levels, ground = page.evaluate(
            """(kind) => {
          const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
          const level = (colour) => {
            canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
            const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
          };
          const steps = [...document.querySelectorAll(`.legend-steps[data-slot=${{ diffusion: "one", ar: "two" }[kind]}] i`)];
          return [steps.map((i) => level(getComputedStyle(i).backgroundColor)), level(getComputedStyle(document.body).backgroundColor)];
        }""",
            kind,
        )
        contrasts = [(max(level, ground) + 0.05) / (min(level, ground) + 0.05) for level in levels]
        assert all(b > a * 1.1 for a, b in pairwise(contrasts)), (kind, contrasts)
        assert contrasts[0] >= 3.5, (kind, contrasts)


def test_phases_stand_beside_their_rule_as_it_is_worded_once(stage, page):
    stage.run("I need a dentist", length=16, steps=8)
    stage.finish()
    for at, phase in ((0, "noise"), (2, "rough"), (7, "clear"), (8, "final")):
        page.evaluate("(i) => window.__stage.showFrame('diffusion', i)", at)
        stage.until(f"s.shown.diffusion === {at}")
        lane = page.locator(".lane[data-kind=diffusion]")
        assert lane.locator(".phase-name").inner_text() == phase
        assert lane.locator(".phase-rule").inner_text().startswith(RULES[phase])
        assert page.inner_text(".stage-stop[aria-current=step]") == phase


def test_a_stage_on_the_axis_can_be_pressed_by_hand_and_by_key(stage, page):
    stage.run("I need a dentist", length=16, steps=8)
    stage.finish()
    for phase, press in (("clear", "click"), ("rough", "Enter"), ("noise", "click")):
        stop = page.locator(".stage-stop", has_text=phase)
        stop.click() if press == "click" else stop.press(press)
        page.wait_for_selector(f".lane[data-kind=diffusion][data-phase={phase}]")
        assert stop.get_attribute("aria-current") == "step"
    assert page.inner_text(".lane[data-kind=ar] .phase-name") == "typing", "AR has no noise"
    assert page.inner_text(".lane[data-kind=ar] .phase-rule") == "0 of 16"


def test_the_map_opens_and_a_click_in_it_goes_to_that_pass(stage, page):
    stage.run("I need a dentist", length=16, steps=4)
    stage.finish()
    button = page.get_by_role("button", name="Map")
    assert button.get_attribute("aria-expanded") == "false" and page.locator(".map").is_hidden()
    button.click()
    assert button.get_attribute("aria-expanded") == "true"
    page.asked.clear()
    field = page.locator(".map-lane[data-kind=diffusion] .map-range")
    box = field.bounding_box()
    for i in (2, 0, 4):
        page.mouse.click(box["x"] + box["width"] * (i + 0.5) / 5, box["y"] + 30)
        stage.until(f"s.shown.diffusion === {i}")
        assert field.get_attribute("aria-valuetext") == f"pass {i} of 4"
        assert page.locator(".map-lane[data-kind=diffusion] .map-caption").inner_text().startswith(f"pass {i} of 4")
    assert page.asked == []


def colours(page, x, y):
    """The colour of the map at shares of its width and height."""
    return page.evaluate(
        """([x, y]) => {
      const map = document.querySelector('.map-canvas');
      return [...map.getContext('2d').getImageData(Math.floor(map.width * x), Math.floor(map.height * y), 1, 1).data].join();
    }""",
        [x, y],
    )


def test_the_map_and_its_strip_are_drawn_from_the_records(stage, page):
    start = [[0, "Hi", None, "prompt", 9]] + [[at, "", None, "noise", 1] for at in range(1, 5)]
    passes = [start] + [[[at, " w", 0.9 if at % 2 else 0.1, "committed", 3]] for at in range(1, 5)]
    show(page, stage, passes)
    page.evaluate("window.__stage.showMap(true)")
    page.wait_for_function("document.querySelector('.map-canvas').width > 300")
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    sure, unsure = colours(page, 0.9, 0.05), colours(page, 0.9, 0.25)
    assert sure != unsure, "confidence is seen"
    assert colours(page, 0.3, 0.05) == sure, "a settled token keeps its colour over the passes"
    assert colours(page, 0.3, 0.25) != unsure, "and is not there before its pass"
    bottom = [colours(page, x, 0.99) for x in (0.1, 0.9)]
    assert bottom[0] != bottom[1], "open positions fill the strip at first and none are left at the end"
    caption = page.locator(".map-caption").inner_text()
    assert "0 open" in caption and "mean entropy 0.40 nats" in caption


def test_the_controls_stay_on_the_first_screen_with_the_map_open(open_page):
    page = open_page(viewport={"width": 1440, "height": 900})
    stage = Stage(page)
    stage.until("s.shown.diffusion >= 1")
    page.click(".tool-map")
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    for selector in (".map", ".transport", "#prompt", "#run"):
        box = page.locator(selector).bounding_box()
        assert box["y"] >= 0 and box["y"] + box["height"] <= 900, selector


def test_the_prompt_is_whole_at_128_tokens_on_a_small_screen(stage, page):
    stage.run("a long one", length=128, steps=16)
    stage.finish()
    box = page.locator("#run").bounding_box()
    assert box["y"] + box["height"] <= 720


def test_equal_steps_advance_both_lanes_together_and_say_so(stage, page):
    stage.run("I need a dentist", length=16, steps=4)
    stage.finish()
    page.get_by_label("equal steps").check()
    page.evaluate("window.__stage.seek(0)")
    stage.until("s.shown.diffusion === 0 && s.shown.ar === 0")
    for i in (1, 2, 3):
        page.click(".transport-forward")
        stage.until(f"s.shown.diffusion === {i} && s.shown.ar === {i}")
    assert "not their true times" in page.inner_text(".factor")
    assert "a second" in page.locator(".speed option:checked").inner_text()
    clocks = [page.locator(f".lane[data-kind={kind}] .figure-elapsed dd").inner_text() for kind in ("diffusion", "ar")]
    page.get_by_label("equal steps").uncheck()
    stage.until("s.shown.diffusion === 3")
    assert stage.clock == pytest.approx(float(clocks[0].split()[0].replace(",", "")), abs=0.6), (
        "figures keep the true times"
    )
    page.wait_for_function(
        "!document.querySelector('.factor').textContent.includes('times')"
    )  # drawn with the next frame


def test_a_run_stays_live_until_its_first_showing_is_over(stage, page):
    page.evaluate("window.__stage.setSpeed(50)")
    stage.run("I need a dentist", length=16, steps=4)
    stage.until("!s.underWay && s.playing")
    assert page.inner_text(".mode") == "live"
    page.evaluate("window.__stage.setSpeed(1)")
    stage.until("!s.playing")
    page.wait_for_function("document.querySelector('.mode').textContent === 'replay'")


def test_a_reader_hears_each_phase(open_page):
    page = open_page(
        init="""window.__heard = [];
      new MutationObserver(() => { const m = document.querySelector('.mirror'); if (m && m.textContent !== __heard.at(-1)) __heard.push(m.textContent); })
        .observe(document, { subtree: true, childList: true, characterData: true });"""
    )
    stage = Stage(page)
    page.evaluate("window.__stage.setSpeed(4)")
    stage.run("I need a dentist", length=16, steps=8)
    stage.until("s.state === 'done' && !s.playing")
    heard = json.dumps(page.evaluate("window.__heard"))
    for said in ("Diffusion, rough: ", "Diffusion, clear: ", "Autoregressive, final: ", "finished first"):
        assert said in heard, heard
    assert page.locator(".mirror").get_attribute("aria-live") == "polite"


def test_what_follows_a_reply_is_set_apart(open_page):
    page = open_page()
    race = json.loads((ROOT / "assets" / "traces" / "first.json").read_text(encoding="utf-8"))
    page.evaluate("(trace) => { __stage.receive({ kind: 'trace', trace }); __stage.seek(__stage.total); }", race)
    page.wait_for_selector(".lane[data-kind=ar] .slots .next-turn")
    for lane in ("diffusion", "ar"):
        read = page.inner_text(f".lane[data-kind={lane}] .reading")
        assert read.replace("↵", "").strip().endswith("Best wishes!")
    assert "after the reply" in page.inner_text(".legend")


def test_without_motion_the_playhead_goes_from_pass_to_pass(open_page):
    page = open_page(reduced_motion="reduce")
    stage = Stage(page)
    page.evaluate("""() => { window.__seen = new Set(); const range = document.querySelector('.axis-range');
        (function look() { __seen.add(Number(range.value).toFixed(2)); requestAnimationFrame(look); })(); }""")
    stage.run("I need a dentist", length=16, steps=4)
    stage.until("s.state === 'done' && !s.playing && s.clock > 0")
    total = page.evaluate("window.__stage.total")
    page.evaluate("window.__seen.clear()")
    page.evaluate("window.__stage.seek(0); window.__stage.play()")
    stage.until("!s.playing && s.clock >= s.total - 1e-6")
    played = sorted(float(value) for value in page.evaluate("[...window.__seen]"))
    passes = stage.received["diffusion"] + stage.received["ar"]
    assert 2 < len(played) <= passes, (played, total)


def test_the_stage_counts_its_frames_and_its_lag(stage, page):
    stage.run("I need a dentist", length=128, steps=16)
    stage.until("!s.underWay && s.meter.gaps.length > 5")
    meter = page.evaluate("({ drawn: __stage.meter.drawn, gaps: __stage.meter.gaps, lags: __stage.meter.lags })")
    assert meter["drawn"] > len(meter["gaps"]) > 0 and meter["lags"]
    assert all(value >= 0 for value in meter["gaps"] + meter["lags"])


def test_after_a_jump_only_what_that_pass_settled_is_fresh(page, stage):
    """Not what it merely looked at again, wherever the jump came from."""
    start = [[0, "Hi", None, "prompt", 9], *([at, "", None, "noise", 1] for at in (1, 2, 3))]
    passes = [
        start,
        [[1, " a", 0.5, "committed", 2], [2, " b", 0.1, "draft", 3]],
        [[1, " a", 0.9, "committed", 2], [2, " b", 0.8, "committed", 3]],
    ]
    show(page, stage, passes, at=0, length=3)
    page.evaluate("window.__stage.seek(20)")
    stage.until("s.shown.diffusion === 2")
    assert page.locator(".slot.fresh").all_inner_texts() == ["b"]


def test_the_file_of_a_stopped_run_plays(page, stage):
    made = {**trace(every_state(), length=6), "ended": "stopped"}
    page.evaluate("(trace) => { window.__stage.setSpeed(50); window.__stage.receive({ kind: 'trace', trace }); }", made)
    assert stage.clock < 20 and stage.state == "stopped"
    stage.until("!s.playing && s.shown.diffusion === 2")
    assert "Stopped" in page.inner_text(".stage-line")


def short_reply():
    """A text that is over after two passes: what comes after its end token was never settled."""
    start = [[0, "Hi", None, "prompt", 9]] + [[at, "", None, "noise", 1] for at in range(1, 7)]
    return [
        start,
        [
            [1, " a", 0.9, "committed", 2],
            [2, " b", 0.4, "draft", 3],
            [3, " c", 0.9, "draft", 4],
            [5, " d", 0.2, "draft", 6],
            [6, " e", 0.9, "committed", 7],
        ],
        [[2, " b", 0.9, "committed", 3], [3, "<|endoftext|>", 0.9, "committed", 0]],
    ]


def test_what_nobody_wrote_after_the_end_of_a_text_is_shown_as_past_it(stage, page):
    show(page, stage, short_reply(), length=6, end_id=0, mask_id=1)
    states = page.locator(".slots .slot").evaluate_all(
        "all => all.map((slot) => [slot.dataset.state, slot.textContent, slot.classList.contains('past')])"
    )
    assert states[2:] == [
        ["committed", "end", False],
        ["empty", "", True],
        ["empty", "", True],
        ["committed", "e", True],
    ]
    assert page.inner_text(".reading").strip() == "a b" and stage.texts["diffusion"] == "a b"
    page.focus(".cursor")
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    assert "past the end of the text" in page.get_attribute(".cursor", "aria-label")
    page.evaluate("window.__stage.seek(10)")
    stage.until("s.shown.diffusion === 1")
    assert page.locator(".slots .slot").nth(4).get_attribute("data-state") == "draft", "an earlier frame is as it was"


def test_a_branch_of_an_ended_text_says_when_there_is_nothing_to_write(stage, page):
    show(page, stage, short_reply(), length=6, end_id=0, mask_id=1)
    page.locator(".slots .slot").nth(0).click()
    page.get_by_role("button", name="Pin", exact=True).click()
    assert page.locator(".go").is_disabled() and "before the end of the text" in page.inner_text(".touch-why")
    page.get_by_role("button", name="Take it back").click()
    assert page.locator(".go").is_enabled()
