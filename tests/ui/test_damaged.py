"""A shipped data file that is damaged leaves out its part with a sentence, on the page and in the terminal; the rest is served."""

import json
import sys
from pathlib import Path

import pytest

from fakes import FakeEngine
from playground.ui.components.recorded import recorded_traces
from playground.ui.page import build_page, launch_options
from playground.ui.stage import ASSETS

SCENES = sorted((ASSETS / "traces" / "scenes").glob("*.json"))
FILES = sorted(path for path in ASSETS.rglob("*") if path.suffix in (".json", ".md") and path not in SCENES[1:])
TALK = "A slide of the talk is left out"
PARTS = {
    "workshops.json": "The workshops are left out",
    "examples.json": "The examples are left out",
    "first.json": "The recorded run is left out",
    "calculator.json": "left out, because a file of it",
    "slides.json": TALK,
    SCENES[0].name: TALK,
}
STORY = "The story is left out"


def damages(path):
    whole = path.read_bytes()
    wrong = (
        {"list": b"[1, 2]", "object": b'{"what": "else"}', "text": b'"text"', "null": b"null"}
        if path.suffix == ".json"
        else {}
    )
    return {
        "half": whole[: len(whole) // 2],
        "300": whole[:300],
        "empty": b"",
        "bytes": b"\xff\xfe\x80" + whole,
        **wrong,
    }


def forget():
    """What was read before."""
    for name, module in list(sys.modules.items()):
        if name.startswith("playground"):
            for value in list(vars(module).values()):
                getattr(value, "cache_clear", lambda: None)()


@pytest.fixture
def damage(monkeypatch):
    """A function that makes a file read as other bytes."""
    real = Path.read_text

    def damaged(target, data):
        def read_text(path, encoding=None, errors=None, **kwargs):
            return (
                data.decode(encoding, errors or "strict") if path == target else real(path, encoding, errors, **kwargs)
            )

        monkeypatch.setattr(Path, "read_text", read_text)
        forget()

    yield damaged
    monkeypatch.undo()
    forget()


CASES = [(path, kind) for path in FILES for kind in damages(path)]


@pytest.mark.parametrize("path, kind", CASES, ids=[f"{path.relative_to(ASSETS)}-{kind}" for path, kind in CASES])
def test_the_rest_is_served(damage, caplog, path, kind):
    damage(path, damages(path)[kind])
    page = build_page(FakeEngine(), recorded_traces())
    head = launch_options()["head"]
    shown = json.dumps(page.config["components"], ensure_ascii=False)
    assert '<div class=\\"stage\\"></div>' in shown and 'id=\\"prompt\\"' in shown and "<style>" in head
    assert str(ASSETS.parent) not in shown, "no path on the page"
    if path.suffix == ".md" and kind in ("half", "300") and not caplog.text:
        return  # what is left of it is a page
    assert PARTS.get(path.name, STORY) in shown
    assert "left out, because a file of it is damaged. Restore the file." in caplog.text
    assert "Traceback" not in caplog.text


def test_whole_files_leave_nothing_out(caplog):
    shown = json.dumps(build_page(FakeEngine(), recorded_traces()).config["components"], ensure_ascii=False)
    assert "left out" not in shown and "left out" not in caplog.text
