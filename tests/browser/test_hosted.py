"""The page in a browser through a real nginx: below a path, with default buffering, with an account; and a path that nobody told of."""

import pytest

from fakes import BlockingEngine, record
from fronting import in_front  # noqa: F401 - a fixture
from serving import served
from stage_driver import Stage

pytestmark = pytest.mark.long  # beside the stage, not on it

TAKEN_OFF = "location /play/ { proxy_pass http://127.0.0.1:7860/; proxy_set_header Host $http_host; }"
DEAF = "location / { proxy_pass http://127.0.0.1:7860; proxy_set_header Host $http_host; proxy_ignore_headers X-Accel-Buffering; }"
FOREIGN = ("data:", "blob:")


def open_at(open_page, address, **options):
    page = open_page(address, **options)
    page.wait_for_selector("body[data-linked]", state="attached")
    return page, Stage(page)


@pytest.mark.parametrize("location", [None, TAKEN_OFF])
def test_all_of_the_page_works_below_a_path(open_page, in_front, engine, location):
    with served(engine, [record()], root_path="/play") as page_address, in_front(page_address, location) as address:
        page, stage = open_at(open_page, f"{address}/play/?prompt=from+a+link&steps=4&length=8&run=1")
        stage.until("(s.header || {}).prompt === 'from a link' && s.state === 'done'")
        page.click("#share-toggle")
        page.wait_for_selector(".share-code path")  # by a function of the server
        link = page.input_value("#share-url")
        assert link.startswith(f"{address}/play/?prompt=from+a+link")
        with page.expect_download() as saved:
            page.click("[data-save=html]")
        assert saved.value.suggested_filename.endswith(".html")
        other, _ = open_at(open_page, link)
        assert other.input_value("#prompt") == "from a link" and other.is_hidden(".page-note")
        outside = [url for url in page.asked if not url.startswith((f"{address}/play/", *FOREIGN))]
        assert outside in ([], [f"{address}/manifest.json"]), outside


def test_a_line_that_moves_is_no_lost_connection(open_page, in_front):
    """Longer than the page's patience, through a proxy that buffers whatever it is told, after two other runs."""
    engine = BlockingEngine()
    with served(engine, [record()]) as page_address, in_front(page_address, DEAF) as address:
        for prompt in ("please block", "please block too"):
            before, stage = open_at(open_page, page_address)
            before.fill("#prompt", prompt)
            before.click("#run")
            stage.until("s.state === 'live'" if prompt == "please block" else "s.state === 'waiting'")
        page, stage = open_at(open_page, address)
        page.evaluate("""() => { window.__said = []; new MutationObserver(() => window.__said.push(
            document.querySelector('.stage-line').textContent)).observe(document.querySelector('.stage-line'), { childList: true, subtree: true, characterData: true }); }""")
        page.fill("#prompt", "my turn")
        page.click("#run")
        stage.until("s.state === 'waiting'")
        assert "2 runs ahead" in page.inner_text(".stage-line")
        page.wait_for_timeout(9000)  # the page takes eight seconds of silence for a loss
        assert stage.state == "waiting"
        engine.release.set()
        stage.until("(s.header || {}).prompt === 'my turn' && s.state === 'done'")
        assert not [line for line in page.evaluate("window.__said") if "lost" in line]


def test_a_path_that_the_server_does_not_know_is_told(open_page, in_front):
    with served(BlockingEngine(), [record()]) as page_address, in_front(page_address, TAKEN_OFF) as address:
        page = open_page(f"{address}/play/")
        page.wait_for_selector(".page-note:not([hidden])")
        assert "--root-path /play" in page.inner_text(".page-note")


def test_the_account_opens_the_page_and_its_runs(open_page, chromium, in_front):
    with (
        served(BlockingEngine(), [record()], root_path="/play", auth=("ada", "s:ecret")) as page_address,
        in_front(page_address) as address,
    ):
        context = chromium.new_context()
        page = context.new_page()
        page.goto(f"{address}/play/")
        page.get_by_label("username").fill("ada")
        page.get_by_label("password").fill("s:ecret")
        page.get_by_role("button", name="Login").click()
        page.wait_for_function("window.__stage")
        page.wait_for_selector("body[data-linked]", state="attached")
        stage = Stage(page)
        stage.run("with an account", length=8, steps=2)
        stage.finish()
        page.click("#share-toggle")
        page.wait_for_selector(".share-code path")
        context.close()
