"""A visitor types a key: it goes with a run of its provider's models, and into nothing that the browser keeps or gives away."""

from urllib.parse import quote

import pytest
import torch

from byte_server import DONE, FINISH, STREAM, ByteServer, refusal, text
from byte_server import served as record_at
from playground.engine.served_model import ServedModel
from playground.engine.twins import Twins
from serving import served
from stage_driver import Stage

KEY = "sk-canary-browser-0123456789abcdef"
LANES = '[{"model":"made-up"}]'
FIELD = "#own-key-MADE_UP_KEY"
STORED = "JSON.stringify([{...localStorage}, {...sessionStorage}, history.state, document.cookie, location.href])"


class Home:
    """A page whose model on a server answers as a test wants."""

    answer = ()


@pytest.fixture(scope="module")
def home(tiny):
    home = Home()
    with ByteServer(lambda number, body: home.answer) as home.server:
        source = ServedModel(record_at(home.server.url))
        with served(Twins(tiny.diffusion, tiny.ar, torch.device("cpu"), tiny.thread, source)) as home.address:
            yield home


def choose(page, stage, lanes):
    stage.open_settings()
    page.evaluate(
        """(lanes) => { const field = document.querySelector('[data-setting=lanes]'); field.value = lanes;
           field.dispatchEvent(new Event('input', { bubbles: true })); }""",
        lanes,
    )


def test_a_key_goes_with_the_run_of_its_model_and_nowhere_else(open_page, home):
    home.answer = [STREAM, text("Hello"), FINISH, DONE]
    page = open_page(home.address, accept_downloads=True)
    stage, joined = Stage(page), []
    page.on("request", lambda request: joined.append(request.post_data or "") if "queue/join" in request.url else None)
    stage.open_settings()
    field = page.locator(FIELD)
    assert field.get_attribute("type") == "password" and field.get_attribute("autocomplete") == "off"
    assert field.get_attribute("name") is None and field.get_attribute("data-setting") is None
    field.fill(KEY)
    stage.run("of the twins", length=16, steps=2)
    stage.until("s.state === 'done'")
    assert joined and not any(KEY in body for body in joined), "no lane of this run is asked with it"
    choose(page, stage, LANES)
    page.fill("#prompt", "of the server")
    page.click("#run")
    stage.until("(s.header || {}).prompt === 'of the server' && s.state === 'done'")
    assert f"Bearer {KEY}" in home.server.heads[-1] and sum(KEY in body for body in joined) == 1
    home.answer = refusal("401 Unauthorized", {"error": {"message": f"Incorrect key: {KEY}"}})
    page.fill("#prompt", "refused")
    page.click("#run")
    stage.until("(s.header || {}).prompt === 'refused' && !s.underWay || s.state === 'error'")
    page.click("#share-toggle")
    link = page.input_value("#share-url")
    with page.expect_download() as saved:
        page.click("[data-save=json]")
    shown = page.evaluate("document.documentElement.outerHTML")
    told = page.evaluate("JSON.stringify(window.__stage.trace)")
    texts = [shown, told, link, page.evaluate(STORED), saved.value.path().read_text(), *page.asked]
    assert not [one[:200] for one in texts if KEY in one]


def test_a_link_with_a_key_is_refused_and_the_address_forgets_it(open_page, home):
    for address in (f"{home.address}?key={KEY}&steps=4", f"{home.address}?steps=4#api_key={KEY}"):
        page = open_page(address)
        page.wait_for_selector("body[data-linked]", state="attached")
        assert "A link never takes a key" in page.inner_text(".page-note")
        assert KEY not in page.url and "steps=4" in page.url and KEY not in page.evaluate(STORED)
        assert page.input_value("#steps") == "4"


def test_a_page_that_anyone_on_the_way_can_read_takes_no_key(open_page, home):
    page = open_page(home.address, init="Object.defineProperty(window, 'isSecureContext', { value: false });")
    Stage(page).open_settings()
    assert page.is_disabled(FIELD) and "plain http" in page.inner_text(f".setting:has({FIELD})")


def test_a_page_without_models_on_servers_has_no_field(page):
    assert not page.locator("[data-key-for]").count()


def test_an_address_that_changes_under_the_page_does_not_spend_the_key_that_is_typed(open_page, home):
    """A page that opened this one, or frames it, can change what stands after the #, and nothing is loaded anew."""
    page = open_page(home.address)
    page.wait_for_selector("body[data-linked]", state="attached")
    stage, before = Stage(page), len(home.server.heads)
    stage.open_settings()
    page.fill(FIELD, KEY)
    asked = f"#prompt=not+mine&run=1&lanes={quote(LANES)}"
    page.evaluate("(asked) => { location.hash = asked; }", asked)
    page.wait_for_selector(".page-note:not([hidden])")
    assert "with the key that you typed" in page.inner_text(".page-note")
    assert page.input_value("#prompt") == "not mine" and len(home.server.heads) == before
    page.fill(FIELD, "")
    page.evaluate("(asked) => { location.hash = asked; }", "#prompt=now+it+runs&run=1&length=16&steps=2")
    stage.until("(s.header || {}).prompt === 'now it runs'")
