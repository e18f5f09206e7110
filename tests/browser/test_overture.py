"""The first ten seconds: a race that lasts, moves until someone acts, and stands still for who wants no motion."""

import re

WATCH = """(() => {
  window.__seen = []; const now = () => performance.now();
  const look = () => {
    const s = window.__stage;
    if (s) {
      const phase = document.querySelector('.lane[data-kind=diffusion]')?.dataset.phase;
      if (phase !== window.__seen.at(-1)?.phase) window.__seen.push({ phase, at: now() });
    }
    requestAnimationFrame(look);
  };
  look();
})()"""


def test_a_race_of_any_length_lasts_about_nine_seconds_and_holds_its_noise(open_page):
    page = open_page(init=f"localStorage['playground-seen'] = 'yes'; {WATCH}", speed=0)
    page.wait_for_function("window.__seen.some(({ phase }) => phase === 'final') && !window.__stage.playing")
    seen = page.evaluate("window.__seen")
    assert [one["phase"] for one in seen][:4] == ["noise", "rough", "clear", "final"]
    held = seen[1]["at"] - seen[0]["at"]
    assert 900 < held < 4000, "the noise stands for a second and a first pass"
    assert re.search(r"^9 s show: [\d.]+× slower$", page.locator(".speed option:checked").inner_text())


def test_the_factor_that_a_visitor_chose_stays_theirs(open_page):
    page = open_page(speed=0)
    page.select_option(".speed", "25")
    page.reload()
    page.wait_for_function("window.__stage")
    assert page.evaluate("window.__stage.speed") == 25
    page.keyboard.press("0")
    assert page.input_value(".speed") == "" and page.evaluate("window.__stage.speed") != 25


def test_the_recorded_race_plays_again_until_someone_acts(open_page):
    page = open_page(speed=1)
    page.wait_for_function("!window.__stage.playing && window.__stage.clock > 0")
    page.wait_for_function("window.__stage.playing")  # by itself
    page.mouse.click(4, 4)
    page.wait_for_function("!window.__stage.playing")
    page.wait_for_timeout(5000)
    assert not page.evaluate("window.__stage.playing"), "someone has acted"


def test_with_reduced_motion_the_finished_picture_stands(open_page):
    page = open_page(reduced_motion="reduce", init=WATCH)
    page.wait_for_function("window.__seen.length")
    assert page.get_attribute(".lane[data-kind=diffusion]", "data-phase") == "final"
    assert not page.evaluate("window.__stage.playing")
    assert [one["phase"] for one in page.evaluate("window.__seen")] in (["final"], ["noise", "final"])
