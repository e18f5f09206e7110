"""Links restore the page, runs become files and come back, a saved page plays from disk; what cannot be is said."""

import json
import re
import time
from urllib.parse import parse_qs, urlencode, urlparse

import pytest
from PIL import Image

from fakes import record
from playground.export.html import to_html
from playground.request.settings_table import defaults
from playground.trace.trace import Trace
from playground.ui.components.recorded import recorded_traces
from stage_driver import Stage

pytestmark = pytest.mark.long  # beside the stage, not on it


def link(address, **values):
    return f"{address}/?{urlencode(values)}"


def settled(page):
    """Wait until the page has read its address."""
    page.wait_for_selector("body[data-linked]", state="attached")


def shared(page, **query):
    """The link that the page offers, once it holds what is expected."""
    settled(page)
    if page.get_attribute("#share-toggle", "aria-expanded") == "false":
        page.click("#share-toggle")
    page.wait_for_function(
        "(query) => { const q = new URL(document.querySelector('#share-url').value).searchParams;"
        " return Object.entries(query).every(([name, value]) => q.get(name) === value); }",
        arg=query,
    )
    return page.input_value("#share-url")


EVERY = {
    "prompt": "A ${link} <b>with</b> 東京 & more",
    "length": "24",
    "steps": "6",
    "commit": "threshold",
    "temperature": "0.7",
    "seed": "41",
    "blocks": "2",
    "same_length": "false",
    "noise": "mixed",
    "commit_level": "0.6",
    "revise": "edit",
    "revise_level": "0.9",
    "cache": "dual",
    "guidance": "0.5",
    "places": "2=dentist",
    "ending": "Bye.",
    "versus": '{"steps":4}',
    "top_p": "0.9",
    "top_k": "40",
}


def test_a_link_restores_prompt_seed_and_every_setting(open_page, address, engine):
    page = open_page(link(address, **EVERY))
    settled(page)
    assert page.input_value("#prompt") == EVERY["prompt"]
    assert page.is_hidden(".page-note")
    again = parse_qs(urlparse(shared(page, seed="41")).query)
    assert {name: values[0] for name, values in again.items()} == {
        **EVERY,
        "weights": engine.weights,
        "device": "cpu",
        **engine.made,
    }
    assert page.evaluate("window.__stage.run === null"), "it does not run by itself"
    page.click("#run")
    Stage(page).until("s.header && s.header.seed === 41")
    asked = engine.runs[-1].request
    assert asked.to_json() | {"resume": None} == {
        **asked.to_json(),
        "prompt": EVERY["prompt"],
        "length": 24,
        "steps": 6,
        "commit": "threshold",
        "temperature": 0.7,
        "blocks": 2,
        "same_length": False,
        "noise": "mixed",
        "commit_level": 0.6,
        "revise": "edit",
        "revise_level": 0.9,
        "cache": "dual",
        "guidance": 0.5,
        "places": "2=dentist",
        "ending": "Bye.",
        "versus": '{"steps":4}',
        "top_p": 0.9,
        "top_k": 40,
    }


def test_a_fresh_page_has_a_short_link(page):
    assert set(parse_qs(urlparse(shared(page)).query)) == {"prompt", "weights", "device", "on", "torch", "transformers"}


def test_a_link_runs_only_when_it_says_so(open_page, address):
    page = open_page(link(address, prompt="run me", steps=4, length=8, run=1))
    Stage(page).until("(s.header || {}).prompt === 'run me' && s.state === 'done'")


@pytest.mark.parametrize(
    "values, says",
    [
        ({"weights": "0ther", "device": "cpu"}, "other weights (0ther, here"),
        ({"device": "cuda"}, "another device (cuda, here cpu), so tokens may differ"),
    ],
)
def test_other_weights_or_another_device_are_told(open_page, address, values, says):
    page = open_page(link(address, prompt="hello", **values))
    page.wait_for_selector(".page-note:not([hidden])")
    assert says in page.inner_text(".page-note") and "tokens may differ" in page.inner_text(".page-note")
    page.click("[data-dismiss]")
    assert page.is_hidden(".page-note")


@pytest.mark.parametrize(
    "values, says",
    [
        ({"steps": "many"}, "The steps must be a number"),
        ({"steps": "999"}, "between 1 and 512"),
        ({"colour": "red"}, "no setting called 'colour'"),
        ({"commit": "<img src=x onerror=window.__hurt=1>"}, "The commit rule must be one of"),
        ({"versus": "{"}, "JSON object"),
        ({"noise": "tokens"}, "first guesses are made from noise"),
        ({"run": "2"}, "run must be 1 (run at once) or 0"),
        ({"workshop": "<b>"}, "no workshop called <b>"),
    ],
)
def test_what_is_wrong_with_a_link_is_a_sentence_and_no_markup(open_page, address, values, says):
    page = open_page(link(address, prompt="kept words", **values))
    page.wait_for_selector(".page-note:not([hidden])")
    assert says in page.inner_text(".page-note")
    assert page.evaluate("window.__hurt === undefined && !document.querySelector('.page-note b, .page-note img')")
    if "workshop" not in values:
        assert page.input_value("#prompt") == "kept words" and page.input_value("#steps") == str(defaults()["steps"])


@pytest.mark.parametrize(
    "values, left_out",
    [
        ({"steps": "999"}, "steps"),
        ({"steps": "999", "noise": "purple", "colour": "red"}, "noise, steps, colour"),
        ({"noise": "tokens", "cache": "dual"}, "noise"),
        ({"steps": "40"}, "steps"),
        ({"ending": "Bye.", "share": "0.4"}, "share"),
    ],
)
def test_only_what_is_wrong_with_a_link_is_left_out(open_page, address, values, left_out):
    page = open_page(link(address, prompt="kept words", length=24, temperature="0.7", run=1, **values))
    page.wait_for_selector(".page-note:not([hidden])")
    note = page.inner_text(".page-note")
    named = note.split("Left out of this link: ")[1].split(".")[0]
    assert sorted(named.split(", ")) == sorted(left_out.split(", "))
    assert (page.input_value("#prompt"), page.input_value("#length"), page.input_value("#temperature")) == (
        "kept words",
        "24",
        "0.7",
    )
    assert page.evaluate("window.__stage.run === null"), "what is left may be another race, so it waits for Run"


@pytest.mark.parametrize(
    "values, says",
    [
        ({"workshop": "passes", "show": "promt"}, ("no control called promt",)),
        ({"page": 99, "steps": 8}, ("no page 99",)),
        (
            {"page": 99, "show": "promt", "steps": "many"},
            ("no page 99", "no control called promt", "The steps must be a number"),
        ),
        ({"workshop": "none", "show": "promt"}, ("no control called promt", "no workshop called none")),
    ],
)
def test_all_that_is_wrong_with_a_link_is_said(open_page, address, values, says):
    page = open_page(link(address, **values))
    settled(page)
    note = page.inner_text(".page-note")
    assert all(one in note for one in says), note


def test_what_others_put_into_addresses_is_passed_over(open_page, address):
    page = open_page(link(address, steps=8, utm_source="mail", __theme="dark"))
    settled(page)
    assert page.input_value("#steps") == "8"
    assert page.is_hidden(".page-note")


def test_the_qr_code_is_drawn_here_and_follows_the_link(open_page, address):
    page = open_page()
    shared(page)
    page.wait_for_selector(".share-code path")
    first = page.get_attribute(".share-code path", "d")
    page.fill("#prompt", "another prompt")
    shared(page, prompt="another prompt")
    page.wait_for_function("(d) => document.querySelector('.share-code path').getAttribute('d') !== d", arg=first)
    hosts = {urlparse(url).netloc for url in page.asked if not url.startswith(("data:", "blob:"))}
    assert hosts == {urlparse(address).netloc}


def test_the_link_follows_all_that_is_pressed(page):
    """The dice, an example, and an exercise that is closed write no field as a visitor does."""
    shared(page)
    page.click("#settings-toggle")
    page.click("[data-dice]")
    shared(page, seed=page.input_value("#seed"))
    page.click(".kinds summary")
    example = page.locator(".kinds [data-example]").first
    example.click()
    shared(page, prompt=example.inner_text())
    page.click("#workshops-toggle")
    page.locator("[data-workshop=passes]").first.click()
    shared(page, workshop="passes")
    page.click(".workshop [data-close]")
    page.wait_for_function("!document.querySelector('#share-url').value.includes('workshop=')")


def test_a_link_of_this_machine_alone_says_so_and_what_to_do(page):
    shared(page)
    said = page.inner_text(".share-reach")
    assert "Only this machine" in said and "send them a file" in said and "--host" not in said
    host = page.locator(".share-host")
    assert "--host 0.0.0.0" in host.text_content() and "--share" in host.text_content()
    assert host.get_attribute("open") is None, "flags are for who started the page"
    file, link_ = (page.locator(one).bounding_box() for one in (".share-run", ".share-link"))
    assert file["x"] < link_["x"], "what works stands first"
    assert page.locator("[data-save=html]").evaluate(GROUND) != page.locator("[data-save=json]").evaluate(GROUND)


GROUND = "(one) => getComputedStyle(one).backgroundColor"


def test_a_copied_link_of_this_machine_alone_says_so(open_page):
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    shared(page)
    page.click("[data-copy]")
    page.wait_for_function("document.querySelector('#share-panel .said').textContent.startsWith('Copied.')")
    assert "Only this machine can open it" in page.inner_text("#share-panel .said")


@pytest.mark.parametrize("viewport", [{"width": 1440, "height": 900}, {"width": 390, "height": 844}])
def test_what_becomes_of_a_press_is_said_in_sight(open_page, viewport):
    page = open_page(viewport=viewport)
    shared(page)
    page.evaluate("document.querySelector('[data-save=json]').scrollIntoView({ block: 'center' })")
    page.click("[data-save=json]")
    page.wait_for_function("document.querySelector('#share-panel .said').textContent.startsWith('Saved as')")
    box = page.locator("#share-panel .said").bounding_box()
    assert box["y"] >= 0 and box["y"] + box["height"] <= viewport["height"]


def test_every_file_and_its_button_has_a_plain_word_beside_it(page):
    shared(page)
    for line in page.locator(".share-files li").all():
        assert line.locator("button").count() == 1 and len(line.locator("span").inner_text().split()) > 4


def test_a_page_on_the_network_gives_links_and_codes_that_others_can_open(open_page, monkeypatch):
    monkeypatch.setattr("playground.ui.share.network_url", lambda port: f"http://192.168.1.5:{port}")
    page = open_page()
    port = urlparse(page.url).port
    page.wait_for_function("document.querySelector('.share-reach').textContent !== ''")
    assert shared(page).startswith(f"http://192.168.1.5:{port}/?")
    assert f"192.168.1.5:{port}" in page.inner_text(".share-reach") and page.is_hidden(".share-host")
    assert page.locator(".share-link").bounding_box()["x"] < page.locator(".share-run").bounding_box()["x"]


def test_the_code_fills_the_screen_for_a_beamer(page):
    shared(page)
    page.wait_for_selector(".share-code path")
    page.click("[data-full-size]")
    page.wait_for_selector(".wall[open] svg path")
    assert page.locator(".wall svg").bounding_box()["height"] > 0.7 * 720
    page.keyboard.press("Escape")
    assert page.is_hidden(".wall")


def test_a_link_too_long_for_a_code_says_so_and_can_still_be_copied(page):
    page.fill("#prompt", "東" * 1500)
    page.click("#share-toggle")
    page.wait_for_function("document.querySelector('.said').textContent.includes('too long for a QR code')")
    assert page.is_hidden(".share-code") and len(page.input_value("#share-url")) > 3000


@pytest.mark.parametrize("page_of", ["{address}/?{query}", "{address}/#{query}", "{address}/?show=prompt#{query}"])
def test_a_link_may_stand_after_the_question_mark_or_the_number_sign(open_page, address, page_of):
    query = urlencode({"prompt": "kept words", "steps": 7, "seed": 41})
    page = open_page(page_of.format(address=address, query=query))
    settled(page)
    assert (page.input_value("#prompt"), page.input_value("#steps"), page.input_value("#seed")) == (
        "kept words",
        "7",
        "41",
    )
    assert page.is_hidden(".page-note")


def test_a_long_link_stands_after_the_number_sign_and_opens(page, open_page):
    """No server or proxy sees it, so none finds it too long; mail programs do, and that is said."""
    prompt = "東" * 1000
    page.fill("#prompt", prompt)
    page.click("#share-toggle")
    page.wait_for_function("document.querySelector('#share-url').value.includes('#prompt=')")
    link = page.input_value("#share-url")
    assert len(link) > 9000 and len(link.split("#")[0]) < 100
    page.wait_for_function("document.querySelector('.said').textContent.includes('too long for a QR code')")
    assert "Mail programs may cut it" in page.inner_text(".said") and f"{len(link):,} characters" in page.inner_text(
        ".said"
    )
    other = open_page(link)
    settled(other)
    assert other.input_value("#prompt") == prompt and all(
        len(url) < 1000 for url in other.asked if url.startswith("http") and "#" not in url
    )
    page.fill("#prompt", "short again")
    page.wait_for_function("document.querySelector('#share-url').value.includes('?prompt=short')")
    page.wait_for_function("document.querySelector('.said').textContent === ''")


def test_a_long_link_that_is_pasted_into_the_open_page_is_read(open_page, address):
    page = open_page(link(address, steps=9))
    settled(page)
    page.evaluate("location.hash = 'prompt=pasted&steps=5'")
    page.wait_for_function(
        "document.querySelector('#prompt').value === 'pasted' && document.querySelector('#steps').value === '5'"
    )
    page.evaluate("location.hash = 'stage'")
    assert page.input_value("#prompt") == "pasted" and page.is_hidden(".page-note")


def test_the_link_is_copied(open_page, monkeypatch):
    monkeypatch.setattr("playground.ui.share.network_url", lambda port: f"http://192.168.1.5:{port}")
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    offered = shared(page)
    page.click("[data-copy]")
    page.wait_for_function("document.querySelector('.said').textContent === 'Copied.'")
    assert page.evaluate("navigator.clipboard.readText()") == offered


def saved(page, kind, folder):
    with page.expect_download() as download:
        page.click(f"[data-save={kind}]")
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def finished(page):
    Stage(page).run("a run to keep", length=16, steps=4)
    Stage(page).finish()
    page.click("#share-toggle")


def test_the_run_is_saved_and_opened_again_without_a_model(page, open_page, tmp_path, engine):
    finished(page)
    path = saved(page, "json", tmp_path)
    trace = Trace.loads(path.read_text(encoding="utf-8"))
    assert trace.run["prompt"] == "a run to keep" and trace.ended == "done" and trace.verdict["line"]
    assert len(trace.frames_of("diffusion")) == 5
    runs = len(engine.runs)
    other = open_page()
    other.click("#share-toggle")
    other.set_input_files("#share-panel input[type=file]", path)
    Stage(other).until("(s.header || {}).prompt === 'a run to keep' && !s.recorded")
    Stage(other).finish()
    assert Stage(other).received == {"diffusion": 5, "ar": 14} and len(engine.runs) == runs


def test_the_run_is_saved_as_a_moving_picture(page, tmp_path):
    finished(page)
    assert saved(page, "gif", tmp_path).read_bytes()[:6] == b"GIF89a"


DROP = """([text, name]) => {
  const files = new DataTransfer();
  files.items.add(new File([text], name));
  for (const type of ['dragover', 'drop']) document.body.dispatchEvent(new DragEvent(type, { dataTransfer: files, bubbles: true, cancelable: true }));
}"""


def test_a_run_dropped_on_the_page_plays(stage, page):
    settled(page)
    page.evaluate("window.__stage.setSpeed(50)")
    trace = record("dropped here", length=64, steps=16)
    trace.run |= {"date": "2026-11-20T10:00:00+00:00", "device_name": "a toaster"}
    page.evaluate(DROP, [trace.dumps(), "mine.json"])
    stage.until("(s.header || {}).prompt === 'dropped here'")
    assert not stage.recorded and page.is_hidden(".page-note")
    assert "Opened from mine.json, made 2026-11-20 on a toaster." in page.inner_text(".stage-line")


def test_a_file_dropped_while_a_run_is_under_way_ends_that_run(stage, page, engine):
    stage.run("please block", length=16, steps=8)
    stage.until("s.received.diffusion === 4")
    page.evaluate(DROP, [record("dropped here", length=8, steps=2).dumps(), "mine.json"])
    stage.until("(s.header || {}).prompt === 'dropped here'")
    assert engine.runs[-1].asked_to_stop.wait(20)
    engine.release.set()
    assert engine.runs[-1].over.wait(20)
    assert stage.header["prompt"] == "dropped here"


FRAME = {"lane": "diffusion", "i": 0, "t_ms": 0, "ms": 0, "changes": [], "open": 0, "phase": "noise"}


def broken(**changes):
    return json.dumps({**record("x", length=8, steps=2).to_json(), **changes})


@pytest.mark.parametrize(
    "text, says",
    [
        ("hello", "not JSON"),
        ("[1]", "not a run file of version 1"),
        ('{"version": 7}', "not a run file of version 1"),
        (broken(frames=[]), "frames is empty"),
        (broken(lanes=[{"key": "diffusion"}]), "lanes[0] has no kind"),
        (broken(lanes=[]), "lanes is empty"),
        (broken(verdict=3), "verdict must be an object"),
        (broken(frames=[{"lane": "none"}]), "frames[0] has no i"),
        (broken(frames=[{**FRAME, "i": 1}]), "out of order"),
        (broken(frames=[{**FRAME, "changes": [[999, "", None, "noise", 1]]}]), "a change in frames[0] lies outside"),
    ],
)
def test_a_wrong_file_is_a_sentence_and_the_stage_stays(stage, page, text, says):
    settled(page)
    before = stage.header["prompt"]
    page.evaluate(DROP, [text, "odd.json"])
    page.wait_for_selector(".page-note:not([hidden])")
    assert says in page.inner_text(".page-note") and stage.header["prompt"] == before


def test_a_saved_page_plays_from_disk_offline(chromium, tmp_path):
    trace = record("</script><script>window.__hurt=1</script>", length=16, steps=4)
    path = tmp_path / "replay.html"
    path.write_text("".join(to_html(trace)), encoding="utf-8")
    context = chromium.new_context(offline=True)
    page, asked, errors = context.new_page(), [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.goto(path.as_uri())
    for kind in ("diffusion", "ar"):  # its policy forbids eval, so nothing here may need that
        page.wait_for_selector(f".lane[data-kind={kind}][data-phase=final]")
        assert "Sure, I can help" in page.inner_text(f".lane[data-kind={kind}] .reading")
    assert page.inner_text(".mode") == "recorded" and page.title().startswith("</script>")
    assert not errors
    assert {url for url in asked if not url.startswith(("data:", "blob:"))} == {path.as_uri()}
    context.close()


def until(frame, condition):
    """Wait for a condition in a page whose policy forbids eval."""
    end = time.monotonic() + 30
    while not frame.evaluate(condition):
        assert time.monotonic() < end, condition
        frame.page.wait_for_timeout(50)


@pytest.mark.parametrize("query", ["?embed", "#embed", "?from=slides&embed=1"])
@pytest.mark.parametrize("size, lanes", [((800, 450), 2), ((390, 600), 1)])
def test_a_saved_page_in_a_frame_is_the_stage_alone_and_plays_when_asked(chromium, tmp_path, query, size, lanes):
    path = tmp_path / "replay.html"
    path.write_text("".join(to_html(recorded_traces()[0])), encoding="utf-8")
    (tmp_path / "slides.html").write_text(
        f'<body style="margin:0"><iframe src="replay.html{query}" width="{size[0]}" height="{size[1]}"></iframe>'
    )
    context = chromium.new_context(offline=True, color_scheme="light", viewport={"width": 900, "height": 700})
    page, errors = context.new_page(), []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto((tmp_path / "slides.html").as_uri())
    frame = page.frame_locator("iframe")
    frame.locator(".embed-play").wait_for()
    inside = page.frames[1]
    assert inside.evaluate("[window.__stage.playing, window.__stage.clock]") == [False, 0], "nobody has asked"
    assert frame.locator(".file-head").is_hidden() and frame.locator(".file-foot").is_hidden()
    assert inside.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(250, 249, 246)"
    frame.locator(".embed-play").click()
    until(inside, "window.__stage.clock > 0")
    assert frame.locator(".embed-play").count() == 0
    inside.evaluate("window.__stage.seek(window.__stage.total)")
    frame.locator(".lane[data-kind=ar][data-phase=final]").wait_for()
    until(
        inside,
        "['.lanes', '.axis', '.transport', '.stage-line'].every((part) => {"
        " const { left, top, right, bottom } = document.querySelector(part).getBoundingClientRect();"
        " return left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight; })",
    )
    tops = inside.evaluate("[...document.querySelectorAll('.lane')].map((lane) => lane.getBoundingClientRect().top)")
    assert len(set(tops)) == 3 - lanes and not errors
    context.close()


def test_a_saved_page_without_a_frame_has_its_header_and_no_button_over_it(chromium, tmp_path):
    path = tmp_path / "replay.html"
    path.write_text("".join(to_html(record("embed me", length=16, steps=4))), encoding="utf-8")
    context = chromium.new_context(offline=True)
    page = context.new_page()
    page.goto(f"{path.as_uri()}?embedded=no")
    page.wait_for_selector(".lane[data-kind=ar][data-phase=final]")
    assert page.is_visible(".file-head") and page.is_hidden(".embed-play")
    context.close()


def test_a_frame_of_the_run_is_offered_to_copy(page):
    finished(page)
    run = json.loads(page.evaluate("JSON.stringify(window.__stage.trace.run)"))
    page.click("[data-embed]")
    code = page.input_value(".share-frame")
    assert re.fullmatch(
        r'<iframe src="diffusion-run-[\w-]*\.html\?embed" width="800" height="450" [^<>]*></iframe>', code
    )
    assert run["id"] in code and "Save the HTML replay" in page.inner_text("#share-panel .said")


def test_the_run_is_saved_as_a_card(page, tmp_path):
    finished(page)
    assert Image.open(saved(page, "png", tmp_path)).size == (1200, 630)


def test_a_strange_run_gives_its_file_a_plain_name(stage, page):
    settled(page)
    odd = record("odd", length=16, steps=4).to_json()
    odd["run"].update(id='"><b>', date="../../x")
    page.evaluate(DROP, [json.dumps(odd), "odd.json"])
    stage.until("(s.header || {}).prompt === 'odd'")
    page.click("#share-toggle")
    page.click("[data-embed]")
    assert 'src="diffusion-run-x-b.html?embed"' in page.input_value(".share-frame")


def a_long_run(length, passes):
    """A run file's text whose pictures take a while."""
    frames = [{**FRAME, "changes": [[at, "", None, "noise", 1] for at in range(length)], "open": length}]
    for i in range(1, passes + 1):
        changes = [[(i * 7 + at) % length, f" word{i}", 0.5, "draft", 5] for at in range(100)]
        frames.append({**FRAME, "i": i, "t_ms": 10 * i, "ms": 10, "changes": changes, "phase": "rough"})
    lane = {"key": "diffusion", "kind": "diffusion", "title": "Diffusion", "prompt": 0, "length": length, "about": {}}
    return json.dumps({"version": 1, "run": {"prompt": "a long run"}, "lanes": [lane], "frames": frames})


def test_a_file_that_takes_long_tells_how_far_it_is_and_can_be_stopped(stage, page):
    settled(page)
    page.evaluate(DROP, [a_long_run(1000, 250), "long.json"])
    stage.until("(s.header || {}).prompt === 'a long run'")
    page.click("#share-toggle")
    page.click("[data-save=gif]")
    page.wait_for_function("/picture \\d+ of \\d+/.test(document.querySelector('.said').textContent)")
    assert page.inner_text("[data-save=gif]") == "Stop"
    page.click("[data-save=gif]")
    page.wait_for_function("document.querySelector('.said').textContent.startsWith('Stopped')")
    assert page.inner_text("[data-save=gif]") == "GIF"


def test_a_file_that_would_be_too_large_is_refused_with_its_size(stage, page):
    settled(page)
    page.evaluate(DROP, [a_long_run(4000, 2), "long.json"])
    stage.until("(s.header || {}).prompt === 'a long run'")
    page.click("#share-toggle")
    page.click("[data-save=gif]")
    page.wait_for_function(
        "document.querySelector('.said').textContent.includes('7 pictures of 1,280 × 16,318 pixels')"
    )


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_run_file_with_a_byte_order_mark_plays(stage, page, tmp_path, encoding):
    path = tmp_path / "run.json"
    path.write_bytes(record("marked 東京", length=8, steps=2).dumps().encode(encoding))
    page.click("#share-toggle")
    page.set_input_files("#share-panel input[type=file]", path)
    stage.until("(s.header || {}).prompt === 'marked 東京'")
