"""A setting that is added to the table, and nowhere else, is found everywhere: a copy of the package with one entry more is served."""

import json
import re
import subprocess
import sys
from urllib.parse import parse_qs, urlparse

import pytest

from playground.files import ROOT
from playground.request.settings_table import SETTINGS
from stage_driver import Stage

ENTRY = f"""
    warmth: float = setting(
        0.5,
        Number(0.0, 2.0, step=0.1),
        argument={len(SETTINGS)},
        lanes=DIFFUSION,
        label="Warmth of tone",
        help="Makes a text warmer.",
        group=DENOISING,
    )
"""
SERVE = """
import contextlib, io, json, sys
sys.path[:0] = sys.argv[1:]
from fakes import FakeEngine, record
from playground.__main__ import parser
from playground.cli.settings import chosen
from playground.export.caption import settings_line
from playground.request.fields import RequestError
from playground.request.race_request import RaceRequest
from playground.ui.page import build_page
from playground.ui.share import linked
from serving import served

engine = FakeEngine(pace=0.1)
request = RaceRequest.parse({"prompt": "hi", "warmth": "1.5", "versus": {"warmth": 0.2}})
try:
    RaceRequest.parse({"prompt": "hi", "warmth": 9})
except RequestError as error:
    refused = str(error)
shown = io.StringIO()
with contextlib.redirect_stdout(shown), contextlib.suppress(SystemExit):
    parser().parse_args(["race", "--help"])
facts = {
    "parsed": request.warmth,
    "refused": refused,
    "sampler": request.denoising.warmth,
    "rival": request.rival.warmth,
    "api": [each["parameter_name"] for each in build_page(engine).get_api_info()["named_endpoints"]["/race"]["parameters"]],
    "typed": RaceRequest.parse({"prompt": "hi", **chosen(parser().parse_args(["race", "hi", "--warmth", "1.5"]))}).warmth,
    "help": shown.getvalue(),
    "link": linked({"prompt": "hi", "warmth": "1.5"}, engine),
    "wrong link": linked({"prompt": "hi", "warmth": "warm"}, engine),
    "caption": settings_line(request.to_json()),
}
with served(engine, [record()]) as address:
    print(json.dumps({"address": address, **facts}), flush=True)
    sys.stdin.read()  # until the test closes it
"""


def with_one_more(folder):
    """The package in a folder: links to its files, and a table of settings with one entry more."""
    package, request = folder / "playground", ROOT / "playground" / "request"
    (package / "request").mkdir(parents=True)
    for path in (ROOT / "playground").iterdir():
        if path.name not in ("request", "__pycache__"):
            (package / path.name).symlink_to(path)
    for path in request.glob("*.py"):
        (package / "request" / path.name).symlink_to(path)
    table = package / "request" / "settings_table.py"
    text, places = re.subn(r"(?=\n    top_p: float = setting\()", ENTRY.rstrip(), table.read_text(encoding="utf-8"))
    assert places == 1
    table.unlink()
    table.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def wider(tmp_path_factory):
    """What the package with one setting more says of it, and the address of its page."""
    folder = with_one_more(tmp_path_factory.mktemp("wider"))
    with subprocess.Popen(
        [sys.executable, "-B", "-c", SERVE, str(folder), str(ROOT / "tests")],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield json.loads(process.stdout.readline())
        process.stdin.close()


def test_parser_sampler_and_rival_take_it(wider):
    assert (wider["parsed"], wider["sampler"], wider["rival"]) == (1.5, 1.5, 0.2)
    assert wider["refused"] == "The warmth must lie between 0 and 2, not 9."


def test_the_api_has_it_last(wider):
    assert wider["api"][-1] == "warmth" and wider["api"][:2] == ["prompt", "length"]


def test_the_command_line_has_it_with_its_words(wider):
    assert wider["typed"] == 1.5
    assert re.search(r"--warmth WARMTH\s+Makes a text warmer. \(default 0.5\)", wider["help"])


def test_links_and_captions_hold_it(wider):
    assert wider["link"]["settings"]["warmth"] == 1.5 and not wider["link"]["problem"]
    assert "warmth" in wider["wrong link"]["problem"] and wider["wrong link"]["settings"]["warmth"] == 0.5
    assert "warmth 1.5" in wider["caption"]


def test_the_page_shows_it_links_it_and_races_it_against_another_sampler(wider, open_page):
    page = open_page(f"{wider['address']}/?prompt=warm&length=16&steps=4&warmth=1.5")
    page.wait_for_selector("body[data-linked]", state="attached")
    stage = Stage(page)
    stage.open_settings()
    assert page.input_value("#warmth") == "1.5"
    control = page.locator(".setting:has(#warmth)")
    assert "Warmth of tone" in control.inner_text() and "Makes a text warmer." in control.inner_text()
    page.select_option("#rival", "sampler")
    assert "B is 4 passes, Spread out, warmth 1.5." in page.locator(".setting:has(#rival)").inner_text()
    page.locator("#warmth").fill("0.2")
    page.click("#share-toggle")
    page.wait_for_function("document.querySelector('#share-url').value.includes('warmth=0.2')")
    link = parse_qs(urlparse(page.input_value("#share-url")).query)
    assert link["warmth"] == ["0.2"] and json.loads(link["versus"][0])["warmth"] == 1.5
    page.click("#run")
    stage.until("s.header && s.header.prompt === 'warm' && s.header.warmth === 0.2")
    titles = page.locator(".lane-title").all_inner_texts()
    assert titles == ["A: 4 passes, spread out, warmth 0.2", "B: 4 passes, spread out, warmth 1.5"]
