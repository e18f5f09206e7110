"""A race on the page: it streams, scrubs, stops, restarts, and asks nothing of anyone but its own server."""

from urllib.parse import urlparse

from playground.request.race_request import RaceRequest
from stage_driver import Stage


def test_a_race_plays_to_its_verdict(stage, page):
    stage.run("I need a dentist", length=16, steps=4)
    stage.finish()
    assert stage.state == "done" and stage.received == {"diffusion": 5, "ar": 14}  # the AR lane ends with its end token
    assert "finished first" in page.inner_text(".stage-line")
    for kind in ("diffusion", "ar"):
        lane = page.locator(f".lane[data-kind={kind}]")
        assert lane.locator(".phase-name").inner_text() == "final"
        assert "Sure, I can help you find" in lane.locator(".reading").inner_text()
        assert "Assistant:" in lane.locator(".prompt").inner_text()
    assert page.locator(".lane[data-kind=diffusion] .figure-passes dd").inner_text() == "4"
    assert page.locator(".lane[data-kind=ar] .figure-passes dd").inner_text() == "13"


def test_settings_reach_the_engine(stage, engine):
    stage.run("all settings", length=24, steps=6, commit="random", temperature=0.7, seed=41, blocks=2)
    stage.until("!s.underWay")
    assert engine.runs[-1].request == RaceRequest(
        "all settings", length=24, steps=6, commit="random", temperature=0.7, seed=41, blocks=2, same_length=True
    )


def test_a_blocked_lane_shows_what_it_has_made_and_nothing_else(stage, page, engine):
    """No replay behind a sleep: a lane that blocks after its third pass shows exactly three passes."""
    stage.run("please block here", length=16, steps=8)
    stage.until("s.received.diffusion === 4")
    page.evaluate("window.__stage.setSpeed(1)")
    stage.until("s.shown.diffusion === 3")
    assert stage.state == "live" and stage.received["diffusion"] == 4
    assert page.locator(".lane[data-kind=diffusion] .figure-passes dd").inner_text() == "3"
    settled = page.locator(".lane[data-kind=diffusion] .slots .slot[data-state=committed]")
    assert settled.count() == 6
    assert stage.horizon <= 24 * 3 + 3 * 7
    engine.release.set()
    stage.finish()
    assert stage.received["diffusion"] == 9 and settled.count() == 16


def test_live_playback_never_outruns_the_slower_lane(stage, page):
    stage.run("please block here", length=16, steps=8)
    page.evaluate("window.__stage.setSpeed(1)")
    stage.until("s.received.diffusion === 4 && s.clock >= s.horizon - 1e-6")
    stage.until("s.total > s.horizon")  # the other lane is ahead of what may be shown
    assert stage.clock == stage.horizon


def test_scrubbing_shows_earlier_frames_and_asks_for_nothing(stage, page):
    stage.run("I need a dentist", length=16, steps=4)
    stage.finish()
    whole = stage.texts["diffusion"]
    page.wait_for_load_state("networkidle")
    page.asked.clear()
    page.focus(".axis-range")
    page.keyboard.press("Home")
    stage.until("s.shown.diffusion === 0 && s.clock === 0")
    assert page.locator(".lane[data-kind=diffusion] .slot[data-state=noise]").count() == 16
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    stage.until("s.clock > 0")
    box = page.locator(".axis-range").bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.6, box["y"] + box["height"] / 2)
    stage.until("s.shown.diffusion >= 2")
    assert 0 < stage.shown["diffusion"] <= 4 and not stage.playing
    page.keyboard.press("End")
    stage.until("s.clock >= s.total - 1e-6 && s.shown.ar === s.received.ar - 1")
    assert stage.texts["diffusion"] == whole
    assert page.asked == []


def test_play_pause_and_steps(stage, page):
    stage.run("I need a dentist", length=16, steps=4)
    stage.finish()
    page.select_option(".speed", "50")  # seconds of playback, so that the second click comes in time
    page.click(".transport-play")
    stage.until("s.playing && s.clock > 0 && s.clock < s.total")
    page.click(".transport-play")
    stage.until("!s.playing")
    held = stage.clock
    page.click(".transport-forward")
    stage.until(f"s.clock > {held}")
    page.click(".transport-back")
    page.click(".transport-back")
    stage.until(f"s.clock <= {held}")
    page.click(".transport-restart")
    stage.until("s.playing")


def test_the_factor_is_always_on_the_screen(stage, page):
    stage.run("I need a dentist", length=16, steps=4)
    stage.finish()
    for value, says in (("1", "real time"), ("10", "10× slower than real time"), ("50", "50× slower than real time")):
        page.select_option(".speed", value)
        assert page.locator(".speed option:checked").inner_text() == says
        assert stage.speed == int(value)


def test_stop_stops_the_server_too(stage, page, engine):
    stage.run("please block this one", length=32, steps=16)
    stage.until("s.received.diffusion === 4")
    run = engine.runs[-1]
    page.click("#stop")
    assert run.asked_to_stop.wait(20)
    engine.release.set()
    assert run.over.wait(20)
    stage.until("s.state === 'stopped'")
    assert (
        run.passed <= stage.received["diffusion"] + stage.received["ar"] - 2 + 1
    )  # at most the pass that was under way
    stage.until("s.shown.diffusion === s.received.diffusion - 1 && !s.playing")
    assert "Stopped. What was made" in page.inner_text(".stage-line")


def test_run_during_a_run_starts_anew(stage, engine):
    stage.run("please block the first", length=16, steps=8)
    stage.until("s.received.diffusion === 4")
    first = engine.runs[-1]
    stage.page.fill("#prompt", "the second")
    stage.page.click("#run")
    assert first.asked_to_stop.wait(20)
    engine.release.set()
    stage.until("(s.header || {}).prompt === 'the second' && s.state === 'done'")
    stage.finish()
    assert engine.runs[-1].request.prompt == "the second" and stage.received["diffusion"] == 9


def test_leaving_the_page_frees_the_device(open_page, engine):
    page = open_page()
    Stage(page).run("please block and leave", length=16, steps=8)
    Stage(page).until("s.received.diffusion === 4")
    run = engine.runs[-1]
    page.close()
    assert run.asked_to_stop.wait(20)
    engine.release.set()
    assert run.over.wait(20)


def test_who_waits_is_told_how_many_are_ahead(open_page, engine):
    first, second = open_page(), open_page()
    Stage(first).run("please block the device", length=16, steps=8)
    second.fill("#prompt", "my turn")
    second.click("#run")
    second.wait_for_function("document.querySelector('.stage-line').textContent.includes('1 run ahead')")
    engine.release.set()
    Stage(second).until("s.state === 'done' && s.header.prompt === 'my turn'")


def test_who_stops_while_waiting_is_told_so(open_page, engine):
    first, second = open_page(), open_page()
    Stage(second).run("an earlier one", length=8, steps=2)
    Stage(second).finish()
    Stage(first).run("please block the device", length=16, steps=8)
    second.click("#run")
    second.wait_for_function("document.querySelector('.stage-line').textContent.includes('1 run ahead')")
    second.click("#stop")
    second.wait_for_function("document.querySelector('.stage-line').textContent === 'Stopped before it began.'")
    second.evaluate("() => new Promise((done) => { requestAnimationFrame(() => requestAnimationFrame(done)); })")
    assert second.inner_text(".stage-line") == "Stopped before it began.", (
        "the verdict of the run before does not take its place"
    )
    engine.release.set()
    Stage(first).until("s.state === 'done'")


def test_the_factor_shown_while_the_device_holds_playback_back_is_the_true_one(page, stage):
    """Passes of 1.4 s at real time: the factor is the wall since the race opened over the clock, waiting included."""
    page.evaluate("""() => {
      const lane = (key) => ({ key, kind: key, title: key, prompt: 1, length: 4, about: {} });
      const frame = (key, i) => ({ lane: key, i, t_ms: 1400 * i, ms: i ? 1400 : 0, open: 4 - i, phase: 'rough', top: {},
        changes: i ? [[i, ' w', 0.5, 'committed', 9]] : [[0, 'Hi', null, 'prompt', 8]] });
      const s = window.__stage, send = (message) => s.receive({ id: 'slow', seq: send.n++, ...message });
      send.n = 0;
      s.setSpeed(1);
      send({ kind: 'start', run: 'slow' });
      send({ kind: 'lanes', run: {}, lanes: [lane('diffusion'), lane('ar')] });
      window.__opened = performance.now();
      const lanes = (i) => send({ kind: 'frames', frames: [frame('diffusion', i), frame('ar', i)] });
      lanes(0);
      let beats = 0; // a pulse each 500 ms, a pass of both lanes each 3 s: as two lanes of 1.4 s on one device
      window.__beat = setInterval(() => { send({ kind: 'pulse' }); if (++beats % 6 === 0) lanes(beats / 6); }, 500);
    }""")
    stage.until("s.clock > 1500 && document.querySelector('.factor').textContent.includes('slower')")
    shown, true = page.evaluate("""() => {
      clearInterval(window.__beat);
      const s = window.__stage;
      return [parseFloat(document.querySelector('.factor').textContent.match(/[\\d.]+/)[0]), (performance.now() - window.__opened) / s.clock];
    }""")
    assert abs(shown - true) / true < 0.15, (shown, true)


def test_no_request_leaves_the_server(open_page, address):
    page = open_page()
    Stage(page).run("I need a dentist", length=16, steps=4)
    Stage(page).finish()
    hosts = {urlparse(url).netloc for url in page.asked if not url.startswith(("data:", "blob:"))}
    assert hosts == {urlparse(address).netloc}
