"""Two samplers on one clock: chosen on the page, raced, named and told apart."""

import json

from stage_driver import Stage


def choose(page, name, value):
    page.locator(f"#{name}").evaluate(
        "(input, value) => { input.value = value; input.dispatchEvent(new Event('input', {bubbles: true})); }",
        str(value),
    )


def until_b(stage):
    stage.until("!s.underWay && s.received['diffusion.b']")
    stage.page.evaluate("window.__stage.seek(window.__stage.total)")
    stage.until("s.shown['diffusion.b'] === s.received['diffusion.b'] - 1")


def test_the_settings_as_they_stand_become_b_and_a_goes_on(stage, page, engine):
    stage.open_settings()
    assert page.locator("[data-snapshot]").is_hidden()
    choose(page, "length", 16)
    choose(page, "steps", 16)
    choose(page, "commit", "threshold")
    page.fill("#commit_level", "0.5")
    page.select_option("#rival", "sampler")
    assert "B is 16 passes, Threshold" in page.locator(".setting:has(#rival)").inner_text()
    choose(page, "commit", "confidence")
    choose(page, "steps", 4)
    page.fill("#prompt", "two samplers")
    page.click("#run")
    until_b(stage)
    request = engine.runs[-1].request
    assert (request.steps, request.commit, request.commit_level) == (4, "confidence", None)
    assert (request.rival.steps, request.rival.commit, request.rival.commit_level) == (16, "threshold", 0.5)
    assert stage.received == {"diffusion": 5, "diffusion.b": 17}
    titles = page.locator(".lane-title").all_inner_texts()
    assert titles[0] == "A: 4 passes, surest first" and titles[1].startswith(
        "B: at most 16 passes, threshold, level 0.5"
    )
    assert page.locator(".axis-name").all_inner_texts() == ["A passes", "B passes"]


def test_the_lanes_have_colours_of_their_own(stage, page):
    stage.open_settings()
    choose(page, "length", 16)
    page.select_option("#rival", "sampler")
    stage.run("two samplers", steps=4)
    until_b(stage)
    colours = page.locator(".lane").evaluate_all(
        "all => all.map((lane) => getComputedStyle(lane).getPropertyValue('--lane'))"
    )
    assert len(set(colours)) == 2
    ramps = page.locator(".legend-steps:not([hidden])").evaluate_all(
        "all => all.map((steps) => getComputedStyle(steps).getPropertyValue('--lane'))"
    )
    assert ramps == colours


def test_the_snapshot_can_be_taken_anew_and_given_up(stage, page, engine):
    stage.open_settings()
    page.select_option("#rival", "sampler")
    choose(page, "steps", 8)
    page.click("[data-snapshot]")
    assert "B is 8 passes" in page.locator(".setting:has(#rival)").inner_text()
    page.select_option("#rival", "")
    stage.run("back to the twin", length=8, steps=2)
    stage.finish()
    assert engine.runs[-1].request.versus == "" and stage.received["ar"]


def test_what_b_cannot_be_is_said(open_page, address):
    page = open_page(f"{address}/?prompt=hello&length=16&steps=4&versus=" + json.dumps({"steps": 99}).replace(" ", ""))
    page.wait_for_selector(".page-note:not([hidden])")
    assert "Sampler B: 99 steps cannot share 16 tokens" in page.inner_text(".page-note")


def test_what_b_does_not_name_is_told_as_a_has_it(open_page, address):
    page = open_page(f"{address}/?prompt=hello&length=16&steps=4&versus=" + json.dumps({"steps": 8}).replace(" ", ""))
    page.wait_for_selector("body[data-linked]", state="attached")
    says = page.locator(".setting:has(#rival) .what")
    assert (
        says.text_content().startswith("B is 8 passes, Spread out.")
        and "What B does not name follows A." in says.text_content()
    )
    choose(page, "commit", "threshold")
    page.wait_for_function(
        "document.querySelector('.setting:has(#rival) .what').textContent.startsWith('B is 8 passes, Threshold.')"
    )
    Stage(page).open_settings()
    page.click("[data-snapshot]")
    assert "follows A" not in says.text_content(), "a snapshot names all"


def differing(page):
    return page.locator(".lane").evaluate_all(
        "all => all.map((lane) => [...lane.querySelectorAll('.slot.differs')].map((slot) => slot.dataset.at))"
    )


def test_places_with_another_token_are_marked_and_named(stage, page):
    stage.run("the twins are two kinds", length=16, steps=4)
    stage.finish()
    assert differing(page) == [[], []] and page.locator(".legend-state.differs").count() == 0, (
        "two kinds share no places"
    )
    page.select_option("#rival", "sampler")
    stage.run("two samplers", steps=4)
    until_b(stage)
    assert differing(page) == [[], []], "made-up lanes write the same"
    page.evaluate("""() => {
      const { trace } = window.__stage;
      const changed = trace.frames.findLast(({ lane }) => lane === 'diffusion.b').changes.find(([, , , state]) => state === 'committed');
      window.__place = changed[0];
      changed.splice(1, 4, ' other', 0.9, 'committed', 4321);
      window.__stage.receive({ kind: 'trace', trace });
      window.__stage.seek(0);
    }""")
    stage.until("s.shown['diffusion.b'] === 0")
    assert page.locator(".differs").count() == 0
    page.evaluate("window.__stage.seek(window.__stage.total)")
    page.wait_for_selector(".legend-state.differs")
    assert differing(page) == [[str(page.evaluate("window.__place"))]] * 2
    mark = page.locator(".slot.differs").first.evaluate("slot => getComputedStyle(slot, '::before').content")
    assert mark not in ("none", ""), "a shape, so that it is seen without colours"


def test_a_comparison_fits_a_phone(open_page):
    page = open_page(viewport={"width": 390, "height": 844})
    stage = Stage(page)
    stage.open_settings()
    page.select_option("#rival", "sampler")
    stage.run("two samplers", length=16, steps=4, revise="wino")
    until_b(stage)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for box in page.locator(".lane .lane-head, .lane .slots, .lane .phase-name").evaluate_all(
        "all => all.map((one) => one.getBoundingClientRect().right)"
    ):
        assert box <= 390
