"""The page around a race: first load, odd input, failure, small screens, readers, stillness."""

import json

import pytest

from fakes import OFFERS, BlockingEngine, FakeEngine, record
from playground.errors import PlaygroundError
from playground.interface import BrokenEngine
from serving import served
from stage_driver import Stage


def test_a_recorded_run_moves_before_any_click(stage, page):
    stage.until("s.shown.diffusion >= 1")
    assert stage.recorded and stage.state == "recorded"
    assert page.inner_text(".mode") == "recorded"


def test_without_a_recorded_run_the_stage_is_calm(open_page):
    with served(FakeEngine()) as address:
        page = open_page(address)
        assert "press Run" in page.inner_text(".stage-line")
        assert page.evaluate("window.__stage.state") == "empty"


@pytest.mark.parametrize(
    "prompt",
    [
        "<img src=x onerror=window.__hurt=1> <b>bold</b>",
        "${window.__hurt=1} `x` {{ y }}",
        "“quotes” & 'others' \\ %s",
        "東京 🙂 نص",
    ],
)
def test_markup_in_a_prompt_is_text(stage, page, prompt):
    stage.run(prompt, length=8, steps=2)
    stage.finish()
    shown = page.locator(".lane[data-kind=diffusion] .prompt").text_content()
    assert shown.startswith("User:") and prompt.split()[0] in shown
    assert page.evaluate("window.__hurt === undefined && !document.querySelector('.stage img, .stage b')")


@pytest.mark.parametrize(
    "prompt, says",
    [
        (" ", "The prompt is empty"),
        ("a" * 2001, "Shorten it"),
        ("refuse this", "This prompt is refused"),
        ("explode now", "Something went wrong in this run"),
    ],
)
def test_errors_say_what_to_do_and_the_next_run_works(stage, page, prompt, says):
    page.fill("#prompt", prompt)
    page.click("#run")
    stage.until("s.state === 'error'")
    line = page.locator(".stage-line")
    assert says in line.inner_text() and line.get_attribute("role") == "alert"
    assert "Traceback" not in page.content() and "kernel went missing" not in page.content()
    stage.run("fine again", length=8, steps=2)
    stage.finish()
    assert stage.state == "done"


def test_settings_that_cannot_be_are_refused_in_words(stage, page):
    stage.open_settings()
    page.evaluate("""() => { const steps = document.querySelector('#steps'); steps.max = 900; steps.value = 600;
        steps.dispatchEvent(new Event('input', {bubbles: true})); }""")
    page.fill("#prompt", "hello")
    page.click("#run")
    stage.until("s.state === 'error'")
    assert "steps must lie between 1 and 512" in page.inner_text(".stage-line")


def test_a_prompt_out_of_domain_offers_three_that_run(stage, page):
    stage.run("explain quantum gravity", length=8, steps=2)
    notice = page.locator(".stage-notice")
    assert "outside" in notice.inner_text()
    offers = notice.locator("button")
    assert offers.all_inner_texts() == list(OFFERS)
    offers.nth(1).click()
    stage.until(f"(s.header || {{}}).prompt === {json.dumps(OFFERS[1])} && s.state === 'done'")
    assert page.input_value("#prompt") == OFFERS[1]
    assert notice.is_hidden()


def test_an_example_of_other_models_than_the_twins_runs_with_one_click(open_page, monkeypatch):
    monkeypatch.setattr(FakeEngine, "pair", ())  # the twins have cards, see test_cards_page.py
    engine = FakeEngine(pace=0.1)
    with served(engine) as address:
        page = open_page(address)
        assert page.locator("[data-card]").count() == 0
        page.click(f"text={engine.examples[1]}")
        Stage(page).until(f"(s.header || {{}}).prompt === {json.dumps(engine.examples[1])}")


def test_text_behind_the_end_token_is_no_longer_read(page, stage):
    page.evaluate("""() => {
      const words = ['Hi', ' Yes', '<|endoftext|>', ' junk', ' behind'];
      const changes = words.map((text, at) => [at, text, at ? 0.5 : null, at ? 'committed' : 'prompt', at === 2 ? 0 : 9]);
      const lane = { key: 'diffusion', kind: 'diffusion', title: 'Diffusion', prompt: 1, length: 4, about: { end_id: 0 } };
      const frames = [{ lane: 'diffusion', i: 0, t_ms: 0, ms: 0, open: 4, phase: 'noise', top: {}, changes: changes.slice(0, 1) },
        { lane: 'diffusion', i: 1, t_ms: 10, ms: 10, open: 0, phase: 'final', top: {}, changes: changes.slice(1) }];
      window.__stage.receive({ kind: 'trace', trace: { run: {}, lanes: [lane], frames, verdict: null, ended: 'done' } });
      window.__stage.seek(10);
    }""")
    stage.until("s.shown.diffusion === 1")
    assert stage.texts["diffusion"] == "Yes"
    assert page.locator(".figure-each dd").inner_text() == "1.00"
    page.evaluate("window.__stage.seek(0)")
    stage.until("s.shown.diffusion === 0")
    assert page.locator(".slot.past").count() == 0


def test_steps_bound_blocks_and_come_back(stage, page):
    stage.open_settings()
    for name, value in (("steps", 16), ("length", 8), ("length", 64)):
        page.locator(f"#{name}").evaluate(
            "(input, value) => { input.value = value; input.dispatchEvent(new Event('input', {bubbles: true})); }",
            str(value),
        )
        if value == 8:
            assert page.input_value("#steps") == "8"
    assert page.input_value("#steps") == "16" and page.get_attribute("#blocks", "max") == "16"
    page.locator("#length").evaluate(
        "(input) => { input.value = input.max; input.dispatchEvent(new Event('input', {bubbles: true})); }"
    )
    assert page.get_attribute("#steps", "max") == page.get_attribute("#length", "max") == "128", (
        "what the models have room for"
    )


def test_what_only_a_temperature_uses_is_greyed_without_one_and_comes_back(stage, page, engine):
    stage.open_settings()
    notes = {name: page.locator(f".setting:has(#{name}) p") for name in ("top_p", "top_k")}
    for name, note in notes.items():
        assert page.is_disabled(f"#{name}") and "temperature 0" in note.inner_text(), name
    stage.run("warm", length=8, steps=4, temperature=0.7, top_p=0.9, top_k=50)
    for name, note in notes.items():
        assert page.is_enabled(f"#{name}") and "likeliest tokens" in note.inner_text(), name
    request = engine.runs[-1].request
    assert (request.temperature, request.top_p, request.top_k) == (0.7, 0.9, 50)
    stage.run("cold", temperature=0)
    assert page.is_disabled("#top_p") and page.is_disabled("#top_k")


def test_an_emptied_seed_is_refused_not_taken_for_zero(stage, page):
    stage.open_settings()
    page.fill("#seed", "")
    page.fill("#prompt", "hello")
    page.click("#run")
    stage.until("s.state === 'error'")
    assert "seed must be a number" in page.inner_text(".stage-line")


def test_enter_runs(stage, page):
    page.fill("#prompt", "typed and entered")
    page.press("#prompt", "Enter")
    stage.until("(s.header || {}).prompt === 'typed and entered'")


def test_without_models_the_page_still_opens_and_says_why(open_page):
    with served(BrokenEngine(PlaygroundError("The checkpoint is missing. Restore it."))) as address:
        page = open_page(address)
        page.fill("#prompt", "hello")
        page.click("#run")
        Stage(page).until("s.state === 'error'")
        assert page.inner_text(".stage-line").startswith("The checkpoint is missing. Restore it.")


def test_a_lost_connection_is_said_and_what_arrived_stays(open_page):
    engine = BlockingEngine()
    with served(engine) as address:
        page = open_page(address)
        stage = Stage(page)
        stage.run("please block and lose", length=16, steps=8)
        stage.until("s.received.diffusion === 4")
    engine.release.set()
    stage.until("s.state === 'lost'")
    assert "connection" in page.inner_text(".stage-line")
    assert page.get_by_role("button", name="Run again").is_visible()
    page.evaluate("window.__stage.seek(0)")
    stage.until("s.shown.diffusion === 0")
    page.evaluate("window.__stage.seek(window.__stage.total)")
    stage.until("s.shown.diffusion === 3")


def test_a_still_page_draws_nothing(stage, page):
    stage.run("I need a dentist", length=8, steps=2)
    stage.finish()
    stage.until("!s.playing")
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    drawn = stage.meter["drawn"]
    page.evaluate("""() => new Promise((done) => { let n = 0; const count = () => (++n > 30 ? done() : requestAnimationFrame(count));
        requestAnimationFrame(count); })""")
    assert stage.meter["drawn"] == drawn


@pytest.mark.parametrize("width, height", [(390, 844), (768, 1024), (1280, 720), (1440, 900)])
def test_stage_and_prompt_are_on_the_first_screen_without_sideways_scroll(open_page, width, height):
    page = open_page(viewport={"width": width, "height": height})
    Stage(page).until("s.shown.diffusion >= 1")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for selector in (".lane[data-kind=diffusion]", ".lane[data-kind=ar]", ".axis", ".transport", "#prompt"):
        box = page.locator(selector).bounding_box()
        assert box["y"] >= 0 and box["y"] + box["height"] <= height, selector
        assert box["x"] >= 0 and box["x"] + box["width"] <= width, selector


def test_no_slot_moves_from_the_first_frame_to_the_last(stage, page):
    stage.run("please block", length=32, steps=8)
    stage.until("s.received.diffusion === 4")
    boxes = (
        "() => [...document.querySelectorAll('.slots .slot')].map((s) => [s.offsetLeft, s.offsetTop, s.offsetWidth])"
    )
    page.evaluate("window.__stage.seek(0)")
    stage.until("s.shown.diffusion === 0")
    first = page.evaluate(boxes)
    page.locator(".stage").evaluate("() => window.__stage.play()")
    page.evaluate("document.querySelector('#stop').click()")
    stage.until("s.state === 'stopping' || s.state === 'stopped'")
    page.evaluate("window.__stage.seek(window.__stage.total)")
    stage.until("s.shown.diffusion >= 3")
    last = page.evaluate(boxes)
    assert len(first) == 64
    assert [b[0] for b in first] == [b[0] for b in last] and [b[2] for b in first] == [b[2] for b in last]
    assert max(abs((a[1] - first[0][1]) - (b[1] - last[0][1])) for a, b in zip(first, last)) == 0


def test_a_screen_reader_hears_the_end(stage, page):
    stage.run("I need a dentist", length=16, steps=4)
    page.evaluate("window.__stage.setSpeed(1)")
    stage.until("s.state === 'done' && !s.playing")
    mirror = page.locator(".mirror")
    assert mirror.get_attribute("aria-live") == "polite"
    assert "Sure, I can help" in mirror.text_content()


@pytest.mark.parametrize("scheme, ground", [("dark", "rgb(14, 15, 17)"), ("light", "rgb(250, 249, 246)")])
def test_dark_and_light_follow_the_system_and_the_switch(open_page, scheme, ground):
    page = open_page(color_scheme=scheme)
    colour = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(colour) == ground
    page.click("#theme")
    assert page.evaluate(colour) != ground


KEEPS_NO_THEME = """for (const name of ['getItem', 'setItem']) {
  const own = Storage.prototype[name];
  Storage.prototype[name] = function (key, ...rest) {
    if (key === 'playground-theme') throw new DOMException('Not here.', 'SecurityError');
    return own.call(this, key, ...rest);
  };
}
window.errors = [];
window.addEventListener('error', ({ message }) => window.errors.push(message));"""


def test_the_theme_can_be_switched_where_the_browser_keeps_nothing(open_page):
    page = open_page(init=KEEPS_NO_THEME, color_scheme="light")
    page.click("#theme")
    assert page.inner_text("#theme") == "Light" and page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.evaluate("window.errors") == []


def test_reduced_motion_is_honoured(open_page):
    page = open_page(reduced_motion="reduce")
    Stage(page).until("s.shown.diffusion >= 1")
    for name in ("fresh", "fresh again"):  # the two take turns
        page.evaluate("(name) => { document.querySelector('.slots .slot').className = `slot ${name}`; }", name)
        assert page.evaluate("getComputedStyle(document.querySelector('.slots .slot')).animationName") == "none"


def choose(page, name, value):
    page.locator(f"#{name}").evaluate(
        "(input, value) => { input.value = value; input.dispatchEvent(new Event('input', {bubbles: true})); }", value
    )


def greyed(page, name):
    return set(page.locator(f"#{name} option").evaluate_all("all => all.filter(o => o.disabled).map(o => o.value)"))


def test_what_does_not_go_together_is_greyed_out_and_says_why(stage, page):
    stage.open_settings()
    assert not greyed(page, "revise") and not greyed(page, "cache")
    choose(page, "noise", "characters")
    assert page.input_value("#revise") == "renoise", "the choice that has become impossible moves on"
    assert greyed(page, "revise") >= {"none", "wino", "remdm_cap"} and greyed(page, "cache") == {"prefix", "dual"}
    why = page.locator(".setting:has(#revise) .why").inner_text()
    assert "None does not go here" in why and "full of random tokens" in why
    assert "no mask" not in why and page.locator("#revise option[value=wino]").get_attribute("title").startswith(
        "This rule puts masks back"
    )
    choose(page, "noise", "mask")
    assert page.input_value("#revise") == "none" and not greyed(page, "revise"), "it comes back"
    assert page.locator(".setting:has(#revise) .why").inner_text() == ""


def test_every_choice_the_page_allows_is_one_the_engine_takes(stage, page):
    """The greying out in the browser is the rule of the sampler, whatever is chosen in whatever order."""
    from playground.request.conflicts import conflict_of

    stage.open_settings()
    axes = ("noise", "revise", "commit", "cache")
    for noise, revise, commit in (
        ("tokens", "edit", "klass"),
        ("mask", "remdm_cap", "threshold"),
        ("mixed", "none", "klass"),
        ("characters", "renoise", "klass"),
        ("mask", "wino", "confidence"),
    ):
        for name, value in (("commit", commit), ("cache", "dual"), ("revise", revise), ("noise", noise)):
            choose(page, name, value)
        now = {axis: page.input_value(f"#{axis}") for axis in axes}
        assert now["noise"] == noise and conflict_of(now) is None
        for axis in axes[1:]:
            earlier = {one: now[one] for one in axes[: axes.index(axis)]}
            options = page.locator(f"#{axis} option").evaluate_all("all => all.map(o => o.value)")
            assert greyed(page, axis) == {name for name in options if conflict_of({**earlier, axis: name})}


def test_a_rules_own_number_is_named_bounded_and_reaches_the_engine(stage, page, engine):
    stage.open_settings()
    choose(page, "commit", "confidence")
    assert page.is_disabled("#commit_level")
    choose(page, "commit", "threshold")
    field = page.locator(".setting:has(#commit_level)")
    assert "Threshold" in field.inner_text() and page.get_attribute("#commit_level", "placeholder") == "0.9"
    page.fill("#commit_level", "0.7")
    stage.run("tuned", length=8, steps=4, revise="edit", places="2=dentist", ending="Bye.", guidance=0.5)
    request = engine.runs[-1].request
    assert (request.commit, request.commit_level, request.revise, request.revise_level) == (
        "threshold",
        0.7,
        "edit",
        None,
    )
    assert (request.places, request.ending, request.guidance) == ("2=dentist", "Bye.", 0.5)
    choose(page, "commit", "factor")
    assert page.input_value("#commit_level") == "", "another rule, another number"


def test_a_lane_says_what_it_cannot_do_and_what_is_approximate(page, stage):
    page.evaluate("""() => {
      const lane = (key, kind, about) => ({ key, kind, title: key, prompt: 1, length: 1, about });
      const lanes = [lane('diffusion', 'diffusion', { approximate: true }), lane('ar', 'ar', { note: 'It never sees the right-hand side.' })];
      const frames = lanes.map(({ key }) => ({ lane: key, i: 0, t_ms: 0, ms: 0, open: 1, phase: 'noise', top: {}, changes: [[0, 'Hi', null, 'prompt', 5]] }));
      window.__stage.receive({ kind: 'trace', trace: { run: {}, lanes, frames, verdict: null, ended: 'done' } });
    }""")
    assert page.inner_text(".lane[data-kind=diffusion] .approximate") == "approximate"
    assert page.locator(".lane[data-kind=ar] .approximate").count() == 0
    assert page.inner_text(".lane[data-kind=ar] .lane-note") == "It never sees the right-hand side."


def test_tokens_taken_back_and_replaced_are_counted_apart(page, stage):
    page.evaluate("""() => {
      const lane = { key: 'diffusion', kind: 'diffusion', title: 'Diffusion', prompt: 0, length: 2, about: {} };
      const rows = [[[0, '', null, 'noise', 1], [1, '', null, 'noise', 1]], [[0, 'a', 0.9, 'committed', 5], [1, 'b', 0.9, 'committed', 6]],
        [[0, '', 0.1, 'remasked', 1], [1, 'c', 0.9, 'revised', 7]], [[0, 'd', 0.9, 'revised', 8]]];
      const frames = rows.map((changes, i) => ({ lane: 'diffusion', i, t_ms: 10 * i, ms: i && 10, open: 0, phase: i === 3 ? 'final' : 'noise', top: {}, changes }));
      window.__stage.receive({ kind: 'trace', trace: { run: {}, lanes: [lane], frames, verdict: null, ended: 'done' } });
      window.__stage.seek(20);
    }""")
    stage.until("s.shown.diffusion === 2")
    assert page.inner_text(".figure-remasks dd") == "1" and page.inner_text(".figure-replacements dd") == "1"
    page.evaluate("window.__stage.seek(30)")
    stage.until("s.shown.diffusion === 3")
    assert page.inner_text(".figure-remasks dd") == "1" and page.inner_text(".figure-replacements dd") == "2"


def test_perplexity_is_behind_more(stage, page):
    trace = record(length=8, steps=2).to_json()
    trace["verdict"] = {
        "line": "Diffusion finished first. Replies: Diffusion right; Autoregressive right.",
        "more": "Perplexity: 3.",
        "lanes": {},
    }
    page.evaluate("(trace) => window.__stage.receive({kind: 'trace', trace})", trace)
    stage.finish()
    line = page.locator(".stage-line")
    assert "Replies: Diffusion right" in line.inner_text() and "Perplexity" not in line.inner_text()
    page.get_by_role("button", name="More").click()
    assert "Perplexity: 3." in line.inner_text() and not page.get_by_role("button", name="More").count()


def test_a_kind_of_request_is_one_click_away_and_runs(stage, page, engine):
    example = engine.kinds[1][1]
    assert not page.get_by_role("button", name=example).is_visible()
    page.click("text=All 2 kinds of requests they know")
    page.get_by_role("button", name=example).click()
    stage.until(f"(s.header || {{}}).prompt === {json.dumps(example)}")
