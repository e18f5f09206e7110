"""Whatever fails, the page says so, offers to run again, and has something to play."""

import gradio as gr
import pytest

from fakes import BlockingEngine, record
from playground.errors import PlaygroundError
from playground.stream.messages import Streams
from playground.trace.trace import Trace
from serving import served
from stage_driver import Stage

JOIN = "**/gradio_api/queue/join*"


def in_mid_run(open_page, address):
    """A page whose diffusion lane has blocked after some passes."""
    page = open_page(address)
    page.wait_for_selector("body[data-linked]", state="attached")
    stage = Stage(page)
    stage.run("please block and lose", length=16, steps=8)
    stage.until("s.received.diffusion === 4")
    return page, stage


def test_a_request_that_is_lost_does_not_hold_up_the_next(stage, page):
    """The answer to the second question is taken at once, although the first was never answered."""
    stage.until("s.recorded")
    page.route(JOIN, lambda route: None)  # swallowed: neither answered nor refused
    page.fill("#prompt", "into the void")
    page.click("#run")
    page.wait_for_function("document.querySelector('.stage-line').textContent === 'Starting.'")
    page.unroute(JOIN)
    page.fill("#prompt", "answered")
    page.evaluate("""() => { window.__lost = false; new MutationObserver(() => {
        window.__lost ||= document.querySelector('.stage-line').textContent.includes('lost'); }).observe(document.querySelector('.stage-line'), { childList: true, subtree: true }); }""")
    page.click("#run")
    stage.until("(s.header || {}).prompt === 'answered' && s.state === 'done'")
    assert page.evaluate("window.__lost") is False


def test_a_late_answer_to_an_earlier_question_is_stopped_and_not_shown(stage, page, engine):
    stage.until("s.recorded")
    first, second = page.evaluate("[window.__stage.asked(), window.__stage.asked()]")
    assert second == first + 1
    start = "([run, ask]) => window.__stage.receive({ kind: 'start', id: run, seq: 0, run, ask })"
    page.evaluate(start, ["late", first])
    assert page.evaluate("window.__stage.run") is None
    page.evaluate(start, ["mine", second])
    assert page.evaluate("window.__stage.run") == "mine"
    page.evaluate(start, ["later", first])
    assert page.evaluate("window.__stage.run") == "mine"


def test_a_server_that_refuses_a_run_is_said_at_once(stage, page):
    stage.run("a run to lose", length=8, steps=2)
    stage.finish()
    page.evaluate(
        "document.dispatchEvent(new CustomEvent('playground:run')); document.dispatchEvent(new CustomEvent('playground:failed'))"
    )
    stage.until("s.state === 'lost'")
    line = page.locator(".stage-line")
    assert "did not make this run" in line.inner_text() and line.get_attribute("role") == "alert"
    assert line.get_by_role("button", name="Run again").is_visible()
    line.get_by_role("button", name="Play a recorded run").click()
    stage.until("s.recorded && s.shown.diffusion >= 1")
    assert page.inner_text(".mode") == "recorded"


def test_a_refused_run_leaves_the_one_on_the_stage_whole(stage, page, engine, monkeypatch):
    """Its verdict and how it ended stay, so that a file saved now holds them."""
    stage.run("a run to keep", length=8, steps=2)
    stage.finish()
    verdict = stage.trace["verdict"]

    def refuse(request, keys=None):
        raise PlaygroundError("This prompt is refused. Try another.")

    monkeypatch.setattr(engine, "start", refuse)
    page.click("#run")
    stage.until("s.state === 'error'")
    assert verdict["line"] and stage.trace["verdict"] == verdict and stage.trace["ended"] == "done"
    assert "This prompt is refused" in page.inner_text(".stage-line")
    page.evaluate("window.__stage.seek(window.__stage.total)")
    page.wait_for_function("document.querySelector('.stage-line').textContent.includes('finished first')")


def test_a_run_that_the_host_refuses_is_said_without_waiting_for_silence(open_page, monkeypatch):
    """A Space whose visitor has used up the GPU raises outside of our own code."""

    def refused(streams, values, ask=None, visitor=None):
        raise gr.Error("You have exceeded your GPU quota")
        yield

    monkeypatch.setattr(Streams, "messages", refused)
    with served(BlockingEngine(), [record()]) as address:
        page = open_page(address)
        stage = Stage(page)
        stage.until("s.recorded")
        page.click("#run")
        page.wait_for_function("document.querySelector('.stage-line').textContent.includes('did not make this run')")
        assert page.locator(".stage-line").get_by_role("button", name="Run again").is_visible()
        assert stage.recorded, "what was on the stage is still there to play"


def test_what_was_there_is_back_when_gradio_loads_the_page_anew(open_page, address, engine):
    """A request that fails outright makes gradio reload the page as soon as the server answers again."""
    page = open_page(f"{address}/?steps=4&length=16&prompt=first+words&run=1")
    stage = Stage(page)
    stage.until("(s.header || {}).prompt === 'first words' && s.state === 'done'")
    runs = len(engine.runs)
    page.fill("#prompt", "lost on the way")
    page.route(JOIN, lambda route: route.abort())
    page.click("#run")
    page.wait_for_function("(document.querySelector('.page-note') || {}).textContent?.includes('lost and is back')")
    assert page.input_value("#prompt") == "lost on the way" and page.input_value("#steps") == "4"
    stage.until("s.header.prompt === 'first words' && !s.recorded")
    assert len(engine.runs) == runs, "the address says run=1, but that run was made already"
    page.unroute(JOIN)
    page.click("#run")
    stage.until("s.header.prompt === 'lost on the way' && s.state === 'done'")
    assert page.is_hidden(".page-note"), "it told to run again, and so it was done"


@pytest.mark.parametrize("how", ["refused", "lost"])
def test_a_link_opened_after_a_run_that_failed_is_read_and_runs(open_page, address, how):
    page = open_page(f"{address}/?prompt=first+words")
    page.wait_for_selector("body[data-linked]", state="attached")
    if how == "refused":
        page.evaluate(
            "for (const name of ['run', 'failed']) document.dispatchEvent(new CustomEvent(`playground:${name}`))"
        )
    else:
        page.route("**/gradio_api/**", lambda route: route.abort())  # so gradio does not find it again either
        page.click("#run")
        page.wait_for_function("/connection.* lost/i.test((document.querySelector('.toast-wrap') || {}).textContent)")
    Stage(page).until("s.state === 'lost'")
    page.wait_for_timeout(300)  # several looks of the page at its connection
    page.unroute_all()
    page.goto(f"{address}/?prompt=another+link&steps=4&length=8&run=1")
    page.wait_for_function("window.__stage")
    Stage(page).until("(s.header || {}).prompt === 'another link' && s.state === 'done'")
    assert page.input_value("#prompt") == "another link" and page.is_hidden(".page-note")


def test_what_is_said_of_an_address_stays_when_a_run_begins(open_page, address):
    page = open_page(f"{address}/?steps=many&prompt=kept+words")
    page.wait_for_selector(".page-note:not([hidden])")
    Stage(page).run("another prompt")
    assert "The steps must be a number" in page.inner_text(".page-note")


def test_a_connection_that_is_cut_is_said_while_the_race_still_plays_and_no_longer_once_it_is_back(open_page, address):
    page, stage = in_mid_run(open_page, address)
    assert page.is_hidden(".offline")
    page.context.set_offline(True)
    page.wait_for_selector(".offline:visible")
    assert "Connection lost" in page.inner_text(".offline")
    assert stage.state == "live", "the stage itself waits longer for a sign of life"
    page.context.set_offline(False)
    page.wait_for_selector(".offline", state="hidden")


def test_a_browser_without_a_network_that_still_reaches_its_server_is_told_nothing(open_page, address):
    page = open_page(address, init="Object.defineProperty(navigator, 'onLine', { get: () => false })")
    with page.expect_response(lambda answer: answer.request.method == "HEAD"):
        page.evaluate("dispatchEvent(new Event('offline'))")
    page.wait_for_timeout(200)
    assert page.is_hidden(".offline")


def test_a_run_that_was_cut_off_stays_cut_off(open_page, address):
    """After the page has loaded itself anew, in a file saved then, and when that file is opened again."""
    page, stage = in_mid_run(open_page, address)
    page.route(JOIN, lambda route: route.abort())
    page.click("#run")
    page.wait_for_function("(document.querySelector('.page-note') || {}).textContent?.includes('lost and is back')")
    assert "the last run, cut off where the connection was lost," in page.inner_text(".page-note")
    stage.until("(s.header || {}).prompt === 'please block and lose' && !s.recorded")
    kept = stage.trace
    assert kept["ended"] == "cut off" and kept["verdict"] is None and Trace.from_json(kept).ended == "cut off"
    for ended in ("cut off", None):  # as it is saved now, and as earlier versions saved it
        page.evaluate("(trace) => window.__stage.receive({ kind: 'trace', trace })", {**kept, "ended": ended})
        page.evaluate("window.__stage.seek(window.__stage.total)")
        page.wait_for_function("document.querySelector('.stage-line').textContent.startsWith('Cut off')")
        assert stage.state == "cut off" and stage.trace["ended"] == "cut off"
    page.unroute(JOIN)


@pytest.mark.long  # the silence of a server that is gone
def test_when_the_server_is_gone_recorded_runs_and_files_still_play(open_page):
    engine = BlockingEngine()
    with served(engine, [record()]) as address:
        page = open_page(address)
        page.wait_for_selector("body[data-linked]", state="attached")
        stage = Stage(page)
        stage.run("please block and lose", length=16, steps=8)
        stage.until("s.received.diffusion === 4")
    engine.release.set()
    stage.until("s.state === 'lost'")
    page.locator(".stage-line").get_by_role("button", name="Play a recorded run").click()
    stage.until("s.recorded && s.shown.diffusion >= 1")
