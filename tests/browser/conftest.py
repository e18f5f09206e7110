"""One Chromium and one served page for all browser tests; every test gets a browser context of its own."""

from __future__ import annotations

import pytest
from playwright.sync_api import sync_playwright

from fakes import BlockingEngine, record
from playground.bench.chromium import ARGUMENTS, installed
from serving import served
from stage_driver import Stage

PATIENCE_MS = 60_000  # CI may be busy


def pytest_collection_modifyitems(items):
    for item in items:
        if "tests/browser" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.flaky(reruns=1))  # the summary names it: a test to mend, no reason to stop


@pytest.fixture(scope="session")
def chromium():
    path = installed()
    assert path, "No Chromium found. Run .ci/browser, which finds or installs one."
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def engine():
    """Made-up passes of 24 ms and 9 ms, at a tenth of that in real time; "block" in a prompt blocks the diffusion lane."""
    return BlockingEngine(pace=0.1)


@pytest.fixture(scope="session")
def address(engine):
    with served(engine, [record()]) as address:
        yield address


@pytest.fixture
def open_page(chromium, address, engine):
    """Open the page; keyword arguments go to the browser context; speed: as a visitor chose it before, 0 for none and a first visit. Requests are kept in ``page.asked``, a list of URLs."""
    contexts = []
    engine.release.clear()

    def open_(url=address, init="", speed=10, **options):
        context = chromium.new_context(**{"viewport": {"width": 1280, "height": 720}, **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.asked = []
        page.on("request", lambda request: page.asked.append(request.url))
        if speed:  # a race that is not looked at need not last nine seconds
            page.add_init_script(
                f"localStorage['playground-speed'] ??= '{speed}'; localStorage['playground-seen'] = 'yes'"
            )
        if init:
            page.add_init_script(init)
        page.goto(url)
        page.wait_for_function("window.__stage")
        return page

    yield open_
    engine.release.set()
    for context in contexts:
        context.close()


@pytest.fixture
def page(open_page):
    return open_page()


@pytest.fixture
def stage(page):
    return Stage(page)
