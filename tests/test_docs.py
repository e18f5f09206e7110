"""The documents keep their word: links and paths lead somewhere, and docs/TRACE.md describes the traces that are read and written."""

import json
import re
from itertools import chain

import pytest

from playground.files import ROOT
from playground.request.race_request import RaceRequest
from playground.trace.phases import RULES
from playground.trace.trace import ENDINGS, SCHEMA, SETTLED, STATES, VERSION, Trace

PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for pattern in ("*.md", "docs/*.md", "models/**/*.md", "playground/training/text/*.md")
    for path in ROOT.glob(pattern)
)
TRACE = (ROOT / "docs" / "TRACE.md").read_text(encoding="utf-8")
MADE = (
    "runs/",
    "playground/request/settings_table.py",
)  # written by commands; the table of settings, which joins later


def anchors(path):
    """The names by which a Markdown page's headings are linked to, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page):
    here = ROOT / page
    prose = re.sub(r"```.*?```|`[^`]*`", "", here.read_text(encoding="utf-8"), flags=re.S)
    for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", prose):
        file, _, anchor = target.partition("#")
        path = (here.parent / file).resolve() if file else here
        assert path.exists(), target
        assert not anchor or anchor in anchors(path), target


@pytest.mark.parametrize("page", PAGES)
def test_every_path_in_code_type_exists(page):
    """From the root, as `playground/files.py`; a name in capitals is the reader's own."""
    text = (ROOT / page).read_text(encoding="utf-8")
    for path in re.findall(r"`((?:playground|assets|docs|models|tests|runs)/[\w./-]+)`", text):
        assert (ROOT / path).exists() or path.startswith(MADE) or re.search(r"[A-Z]{4}", path), path


FILE = re.compile(r"(?<![\w./$*{}-])((?:[\w-]+/)*[\w-]+\.(?:py|js))\b")
OTHERS = ("generate.py", "plotly.js", "generated/")  # LLaDA's loop; a library; written by `make check`


def kept(*folders):
    """The files at the root and in folders of the repository."""
    paths = chain(ROOT.glob("*"), *((ROOT / folder).rglob("*") for folder in folders))
    return [path for path in paths if path.is_file() and "generated" not in path.parts]


def test_every_module_that_is_named_exists():
    """By its whole path or the end of it, in code, comments and documents; a name in capitals is the reader's own."""
    known = [f"/{path.relative_to(ROOT).as_posix()}" for path in kept("playground", "assets", "tests")]
    wrong = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in kept("playground", "assets", "docs")
        if path.suffix in (".py", ".js", ".ts", ".html", ".css", ".md")
        for name in FILE.findall(path.read_text(encoding="utf-8"))
        if not name.startswith(OTHERS) and not any(file.endswith(f"/{name}") for file in known)
    }
    assert not {each for each in wrong if not re.search(r"/[A-Z]+\.py$", each)}


def rows(heading):
    """First cells of the tables below a heading of docs/TRACE.md, without their heads: every name in code type."""
    part = TRACE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    cells = (line.split("|")[1] for line in part.splitlines() if line.startswith("|"))
    return list(chain.from_iterable(re.findall(r"`([^`]+)`", cell) for cell in cells))


def example():
    return json.loads(re.search(r"```json\n(.*?)```", TRACE, re.S)[1])


def test_the_example_of_a_trace_is_read_and_written_again():
    trace = Trace.from_json(example())
    assert Trace.loads(trace.dumps()) == trace
    assert trace.text("diffusion") == trace.text("ar") == " there!" and trace.ended == "done"
    trace.frames[-1:] = []
    assert trace.text("diffusion") == " their!", "a draft is shown as well"


def test_the_version_is_the_one_that_is_written():
    assert f"Version {VERSION}." in TRACE and example()["version"] == VERSION


def test_every_name_of_the_schema_is_described():
    lanes, frames = (SCHEMA["properties"][name]["items"]["properties"] for name in ("lanes", "frames"))
    assert set(rows("The whole")) == {"version", "run", "lanes", "frames", "verdict", "ended", *ENDINGS}
    assert {*lanes, *lanes["about"]["properties"]} <= set(rows("`lanes`"))
    assert set(rows("`frames`")) == {*frames, *STATES, *RULES}
    assert set(SCHEMA["properties"]["verdict"]["properties"]) <= set(rows("`verdict`"))


def test_states_are_settled_and_phases_mean_what_the_code_says():
    said = dict(re.findall(r"^\| `(\w+)` \| .+ \| (yes|no) \|$", TRACE, re.M))
    assert said == {state: "yes" if state in SETTLED else "no" for state in STATES}
    assert all(f"| `{phase}` | {rule} |" in TRACE for phase, rule in RULES.items())


def test_what_a_real_run_holds_is_described(tiny):
    run = tiny.start(RaceRequest.parse({"prompt": "Hi there", "length": 8, "steps": 4, "versus": {"steps": 2}}))
    list(run.frames())
    settings = set(RaceRequest("").to_json())
    assert set(run.trace.run) - settings <= set(rows("`run`"))
    for lane in run.trace.lanes:
        assert set(lane.to_json()) | set(lane.about) <= set(rows("`lanes`"))
    assert set(run.trace.verdict) <= set(rows("`verdict`"))


def test_the_example_of_a_race_by_model_runs(twins, monkeypatch, capsys):
    monkeypatch.setattr("playground.engine.twins.load_twins", lambda: twins)
    code = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "USING.md").read_text(encoding="utf-8"), re.S)
    exec(next(block for block in code if "load_twins" in block), {})
    assert "finished first" in (said := capsys.readouterr().out) or "A tie at" in said
