"""A picture beside the prompt on the page: chosen, pasted or dropped, made small, seen by a lane, kept in the run's file."""

import base64
import json
from urllib.parse import urlencode

import pytest
import torch
from PIL import Image

from playground.engine.twins import Twins
from playground.request.picture import decoded
from serving import served
from small_llada_v import data_url, load, picture, save
from stage_driver import Stage

pytestmark = pytest.mark.long  # beside the stage, not on it

LANES = json.dumps([{"model": "small-v"}, {"model": "twin-ar"}])


@pytest.fixture(scope="module")
def home(tiny, tiny_models):
    save(tiny_models / "small-v", tiny_models / "tokenizer")
    seeing = load(tiny_models / "small-v")
    with served(Twins(tiny.diffusion, tiny.ar, torch.device("cpu"), tiny.thread, seeing)) as address:
        yield f"{address}?{urlencode({'length': 16, 'steps': 4, 'lanes': LANES})}"


def file(url=None, name="photo.png"):
    kind, _, body = (url or picture((1600, 1000))).partition(";base64,")
    return {"name": name, "mimeType": kind.removeprefix("data:"), "buffer": base64.b64decode(body)}


def value(page):
    return page.locator("[data-setting=picture]").input_value()


def chosen(page, **about):
    page.set_input_files(".picture input[type=file]", file(**about))
    page.wait_for_selector(".picture img:not([hidden])")


def test_a_picture_is_made_small_raced_and_kept(open_page, home):
    page = open_page(home)
    stage = Stage(page)
    page.wait_for_function("document.body.dataset.linked === ''")
    chosen(page)
    sent = decoded(value(page))
    assert sent.size == (768, 480) and value(page).startswith("data:image/jpeg;base64,")
    stage.run("What is this?")
    stage.until("!s.underWay")
    assert stage.state == "done"
    first, second = page.locator(".lane").all()
    cell = first.locator(".prompt .picture")
    assert cell.inner_text() == "[picture]" and second.locator(".prompt .picture").count() == 0
    assert "data:image/jpeg" in cell.evaluate("(one) => getComputedStyle(one).backgroundImage")
    assert second.locator(".lane-note").inner_text() == "It does not see the picture."
    trace = page.evaluate("window.__stage.trace")
    assert trace["run"]["picture"] == value(page)
    page.click("#share-toggle")
    page.wait_for_function(
        "document.querySelector('#share-panel .said').textContent.includes('does not hold the picture')"
    )
    assert "picture" not in page.input_value("#share-url")
    page.click(".picture [data-remove]")
    assert value(page) == "" and page.evaluate("document.activeElement.textContent") == "Add a picture"
    run = {"name": "run.json", "mimeType": "application/json", "buffer": json.dumps(trace).encode()}
    page.set_input_files("#share-panel input[type=file]", run)
    page.wait_for_function("document.querySelector('.stage-line').textContent.includes('Opened from run.json')")
    assert "data:image/jpeg" in page.locator(".prompt .picture").evaluate(
        "(one) => getComputedStyle(one).backgroundImage"
    )


DROP = """([event, kind, body]) => {
  const bytes = Uint8Array.from(atob(body), (letter) => letter.charCodeAt(0));
  const data = new DataTransfer();
  data.items.add(new File([bytes], 'photo', { type: kind }));
  const about = { bubbles: true, cancelable: true };
  const target = document.querySelector('#prompt');
  target.dispatchEvent(event === 'paste' ? new ClipboardEvent('paste', { ...about, clipboardData: data })
    : new DragEvent('drop', { ...about, dataTransfer: data }));
}"""


@pytest.mark.long
@pytest.mark.parametrize("event", ["paste", "drop"])
def test_a_picture_is_taken_where_it_is_pasted_or_dropped(open_page, home, event):
    page = open_page(home)
    page.wait_for_function("document.body.dataset.linked === ''")
    page.evaluate(DROP, [event, "image/png", base64.b64encode(file()["buffer"]).decode()])
    page.wait_for_selector(".picture img:not([hidden])")
    assert decoded(value(page)).size == (768, 480)
    assert not page.locator(".page-note").is_visible()


@pytest.mark.long
def test_a_file_that_is_no_picture_is_refused_in_words_and_keeps_the_one_before(open_page, home):
    page = open_page(home)
    page.wait_for_function("document.body.dataset.linked === ''")
    chosen(page)
    before = value(page)
    page.set_input_files(
        ".picture input[type=file]", {"name": "a.png", "mimeType": "image/png", "buffer": b"no picture at all"}
    )
    page.wait_for_function("document.querySelector('.picture .said').textContent.includes('cannot be read')")
    assert value(page) == before


@pytest.mark.long
def test_the_control_works_by_keyboard_on_a_phone_and_is_not_there_where_no_model_sees(open_page, home, address):
    page = open_page(home, viewport={"width": 390, "height": 844})
    red = file(data_url(Image.new("RGB", (40, 30), "red"), "webp"))
    page.on(
        "filechooser", lambda chooser: chooser.set_files(red)
    )  # at once: Chromium needs a while to tell of choosers
    page.wait_for_function("document.body.dataset.linked === ''")
    page.focus("[data-choose]")
    page.keyboard.press("Enter")
    page.wait_for_selector(".picture img:not([hidden])")
    assert decoded(value(page)).size == (40, 30)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert value(page) == ""
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    other = open_page(address)
    assert other.locator(".picture button").count() == 0 and other.locator(".picture").bounding_box()["height"] == 0


def test_a_run_file_cannot_bring_anything_but_a_picture(open_page, home):
    page = open_page(home)
    page.wait_for_function("document.body.dataset.linked === ''")
    run = Stage(page)
    chosen(page)
    run.run("What is this?")
    run.until("!s.underWay")
    trace = page.evaluate("window.__stage.trace")
    for strange in (
        "https://example.org/a.png",
        "data:image/svg+xml;base64,AA==",
        'data:image/png;base64,AA"), url("//x',
    ):
        trace["run"]["picture"] = strange
        page.evaluate("(trace) => window.__stage.receive({ kind: 'trace', trace })", trace)
        look = "(one) => getComputedStyle(one).backgroundImage"
        assert page.locator(".prompt .picture").evaluate(look) == "none"
    assert not [url for url in page.asked if "example.org" in url]
