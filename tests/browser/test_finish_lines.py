"""The end of a race as lines of plain words, and the same race at the times of a large model on a large chip."""

import pytest

from fakes import record

CALCULATED = {"model": "an 8B model", "device": "one H100", "ms_per_pass": {"diffusion": 4.0, "ar": 5.0}}
FINISH = [
    {"name": "looks", "line": "Diffusion looked at the whole text 4 times; Autoregressive took 13 steps."},
    {
        "name": "here",
        "line": "On 2 CPU cores Autoregressive finished first.",
        "why": "There one look costs 5.3 steps.",
    },
    {
        "name": "chip",
        "line": "The same race with an 8B model on one H100, calculated: Diffusion first.",
        "why": "The least possible times.",
    },
    {"name": "replies", "line": "Replies: Diffusion right; Autoregressive repeated."},
]


def shown(stage, page, **verdict):
    """Play a made-up race of 4 passes against 13 steps with this verdict to its end."""
    trace = record(length=16, steps=4).to_json()
    line = " ".join(f"{one['line']} {one.get('why', '')}".strip() for one in FINISH)
    trace["verdict"] = {
        "line": line,
        "lanes": {},
        "more": "Perplexity: 3.",
        "finish": FINISH,
        "calculated": CALCULATED,
        **verdict,
    }
    page.evaluate("(trace) => window.__stage.receive({kind: 'trace', trace})", trace)
    stage.finish()


def elapsed(page):
    return [page.inner_text(f".lane[data-kind={kind}] .figure-elapsed dd") for kind in ("diffusion", "ar")]


def test_the_end_is_a_row_for_each_finish_line(stage, page):
    shown(stage, page)
    rows = page.locator(".stage-line .finish")
    assert rows.count() == 4 and rows.locator(".finish-name").all_inner_texts() == ["looks", "clock", "large chip", ""]
    weights = "(rows) => rows.map((row) => getComputedStyle(row).fontWeight)"
    assert page.locator(".finish-line").evaluate_all(weights) == ["400", "600", "400", "400"], (
        "the clock that was played"
    )
    assert "There one look costs" in rows.nth(1).inner_text() and "Perplexity" not in page.inner_text(".stage-line")
    assert "Autoregressive repeated" in rows.nth(3).inner_text()
    page.get_by_role("button", name="More").click()
    assert "Perplexity: 3." in rows.nth(3).inner_text()


def test_a_file_without_finish_lines_shows_its_line(stage, page):
    shown(stage, page, finish=None, calculated=None, line="Diffusion finished first. So it was.")
    assert page.locator(".finish").count() == 0 and page.inner_text(".headline") == "Diffusion finished first."
    assert (
        "So it was." in page.inner_text(".stage-line") and not page.get_by_label("calculated", exact=True).is_visible()
    )


def test_a_phone_has_the_rows_and_their_reasons_behind_a_button(open_page):
    from stage_driver import Stage

    phone = open_page(viewport={"width": 390, "height": 844})
    shown(Stage(phone), phone)
    assert phone.locator(".finish .detail").first.is_visible(), "why one was first is said at once"
    detail = phone.locator(".finish .detail").nth(1)
    assert phone.locator(".finish").nth(2).is_visible() and not detail.is_visible()
    phone.get_by_role("button", name="Why").click()
    assert detail.is_visible() and phone.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_wall_has_the_rows_with_their_reasons(stage, page):
    shown(stage, page)
    page.evaluate("window.__stage.present(true)")
    for row in page.locator(".finish").all():
        assert row.is_visible()
    assert page.locator(".finish .detail").first.is_visible()
    box = page.locator(".finish").last.bounding_box()
    assert box["y"] + box["height"] <= 720


def test_a_verdict_that_was_told_stays_while_the_race_plays_again(stage, page):
    trace = record(length=16, steps=4).to_json()
    trace["verdict"] = {"line": "So it was.", "lanes": {}, "finish": FINISH}
    page.evaluate("(trace) => window.__stage.receive({kind: 'trace', trace})", trace)
    page.evaluate("window.__stage.pause()")
    assert page.locator(".finish").count() == 0, "nothing is told before the end"
    stage.finish()
    page.wait_for_function("document.querySelector('.finish')")
    page.evaluate("window.__stage.seek(9)")
    stage.until("s.clock === 9 && s.shown.ar < s.received.ar - 1")
    page.wait_for_timeout(100)
    assert page.locator(".finish").count() == 4
    stage.run("another", length=16, steps=4)
    stage.until("s.clock < 1e9")
    assert "Autoregressive repeated" not in page.inner_text(".stage-line")


def test_where_others_had_the_processor_no_winner_is_bold_and_it_is_said_there(stage, page):
    shown(stage, page, disturbed="Other programs had the processor.")
    clock = page.locator(".finish[data-name=here]")
    assert "Other programs had the processor." in clock.inner_text()
    assert clock.locator(".finish-line").evaluate("(line) => getComputedStyle(line).fontWeight") == "400"


def test_the_switch_plays_the_race_at_calculated_times(stage, page):
    shown(stage, page)
    measured = elapsed(page)
    page.get_by_label("calculated", exact=True).check()
    stage.until("s.total === 65")
    page.wait_for_function("document.querySelector('.mode').textContent.includes('calculated')")
    assert elapsed(page) == ["16 ms calculated", "65 ms calculated"] and measured[0].endswith(" ms")
    assert page.inner_text(".time") == "65 ms of 65 ms"
    assert "an 8B model on one H100" in page.inner_text(".factor")
    page.evaluate("window.__stage.seek(9)")
    stage.until("s.shown.diffusion === 2 && s.shown.ar === 1")
    assert (
        page.inner_text(".stage-line")
        == "These times are calculated for an 8B model on one H100. Nobody measured them."
    )
    page.get_by_label("calculated", exact=True).uncheck()
    stage.until("s.shown.diffusion === 2")
    page.wait_for_function("document.querySelector('.finish')")
    page.evaluate("window.__stage.seek(1e9)")
    stage.until("s.clock >= s.total && s.shown.ar === s.received.ar - 1")
    assert elapsed(page) == measured, "the file's times are as they were"


def test_figures_count_the_calculated_times(stage, page):
    shown(stage, page)
    rate = page.locator(".lane[data-kind=ar] .figure-rate dd")
    before = rate.inner_text()
    page.get_by_label("calculated", exact=True).check()
    page.wait_for_function(
        "(before) => document.querySelector('.lane[data-kind=ar] .figure-rate dd').textContent !== before", arg=before
    )
    assert float(rate.inner_text()) == pytest.approx(1000 * 12 / 65, rel=0.1)


def test_the_row_plays_it_and_equal_steps_take_over(stage, page):
    shown(stage, page)
    page.get_by_role("button", name="Play it").click()
    stage.until("s.total === 65")
    assert page.get_by_label("calculated", exact=True).is_checked()
    page.keyboard.press("e")
    stage.until("s.total === 13 * 20")
    assert (
        page.get_by_label("equal steps").is_checked() and not page.get_by_label("calculated", exact=True).is_checked()
    )


def test_calculated_times_belong_to_one_run(stage, page):
    shown(stage, page)
    page.get_by_label("calculated", exact=True).check()
    stage.until("s.total === 65")
    stage.run("I need a dentist", length=16, steps=4)
    stage.finish()
    assert stage.total != 65 and not page.get_by_label("calculated", exact=True).is_visible()
    assert page.get_attribute(".stage", "data-timing") == "measured"
