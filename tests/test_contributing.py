"""CONTRIBUTING.md keeps its word: its tree names every folder, and each recipe does what it says with the files it names.

tests/browser/test_one_more_setting.py follows the recipe of a control.
"""

import json
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import pytest
import torch

from fakes import FakeEngine
from playground.catalog import records
from playground.catalog.catalog import FILE, find
from playground.catalog.records import ModelRecord
from playground.engine import twins
from playground.engine.lane_source import RunningLane
from playground.engine.sources import load_source
from playground.engine.twins import Twins
from playground.evidence.load import load_claims
from playground.evidence.measured import load_measured
from playground.files import ROOT
from playground.request import rules
from playground.request.conflicts import conflict_of
from playground.request.fields import RequestError
from playground.request.race_request import RaceRequest
from playground.request.rules import Level, Rule
from playground.samplers.diffusion import commit, revise
from playground.samplers.diffusion.revision import Revision
from playground.story.check import faults
from playground.story.pages import FOLDER, StoryError, read_page, story_pages
from playground.sweep.plans import plans
from playground.trace.trace import Change, Frame, Lane, Trace
from playground.ui.page import build_page
from playground.ui.story import charts
from playground.ui.story.column import pieces
from sampling import canvas_of, denoised

TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
FIRST = ("playground", "assets", "docs", "tests")  # folders whose insides the tree shows
CPU = torch.device("cpu")


def tree():
    """Folder -> comment, as the indented tree has them."""
    block = next(block for block in re.findall(r"```\n(.*?)```", TEXT, re.S) if block.startswith("playground/"))
    path, found = [], {}
    for line in block.splitlines():
        indent, name, comment = re.fullmatch(r"( *)(\S+)/ +(\S.*)", line).groups()
        path = [*path[: len(indent) // 2], name]
        found["/".join(path)] = comment
    return found


def folders():
    """Every folder that holds a file of the repository, below FIRST."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *FIRST]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    present = [Path(file) for file in listed if file and (ROOT / file).exists()]
    found = {parent.as_posix() for file in present for parent in file.parents} - {".", "tests/data"}
    return {one for one in found if not one.startswith("tests/data/parity/")}  # one folder a checkpoint


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="no checkout: git lists the folders")
def test_the_tree_has_every_folder_and_no_other():
    assert set(tree()) == folders()


def recipe_files():
    """Title of a recipe -> the files it names."""
    part = TEXT[TEXT.index("## Recipes") :]
    return {
        title: set(re.findall(r"`([^`]+)`", re.search(r"^Files: (.+)$", body, re.M)[1]))
        for title, body in re.findall(r"^### (.+?)\n(.*?)(?=^### |\Z)", part, re.M | re.S)
    }


RECIPES = recipe_files()


def test_every_recipe_is_followed_here():
    followed = {"commit rule", "revision rule", "model", "remote model", "control", "chart", "story page"}
    assert set(RECIPES) == {f"Add a {what}" for what in followed}


@pytest.mark.parametrize("title, file", [(title, file) for title, files in RECIPES.items() for file in sorted(files)])
def test_the_files_of_a_recipe_exist_and_its_steps_say_what_to_do_there(title, file):
    body = TEXT.partition(f"### {title}\n")[2].partition("\n### ")[0]
    assert Path(file).name in body.replace(f"`{file}`", "", 1) or re.search(r"[A-Z]{3}", file) or file.endswith("/")
    path = ROOT / (Path(file).parent if re.search(r"[A-Z]{3}", file) else file)  # a name in capitals is a new file
    assert path.exists()


@dataclass
class Recipe:
    """One recipe as it is followed: what is done in which file."""

    title: str
    monkeypatch: pytest.MonkeyPatch
    touched: set[str] = field(default_factory=set)

    def put(self, module: ModuleType, table: str, name: str, value: object) -> None:
        """One entry more in a table of a module."""
        self.touched.add(Path(module.__file__).relative_to(ROOT).as_posix())
        self.monkeypatch.setitem(getattr(module, table), name, value)

    def write(self, file: str) -> None:
        """A file that stands in this test or in a folder of its own."""
        self.touched.add(file)

    def is_whole(self) -> bool:
        return self.touched == RECIPES[self.title]


@pytest.fixture
def follow(monkeypatch):
    return lambda title: Recipe(title, monkeypatch)


def page_text():
    """All that the page's components say."""
    return str(build_page(FakeEngine(pace=0)).get_config_file())


RACE = {"prompt": "Hi there", "length": 16, "steps": 8}


def ended(engine, **settings):
    run = engine.start(RaceRequest.parse({**RACE, **settings}))
    list(run.frames())
    assert run.trace.ended == "done"
    return Trace.loads(run.trace.dumps())


def leftmost(view, level):
    """An order: from left to right. Scores float [n]."""
    return -view.positions.float()


def every_other(view, level):
    """An acceptance: open positions at a multiple of ``level``, and all when there are none. Bool [n]."""
    chosen = view.open & (view.positions % int(level) == 0)
    return chosen if chosen.any() else view.open


@pytest.fixture
def commit_rules(follow):
    recipe = follow("Add a commit rule")
    recipe.put(commit, "ORDERS", "leftmost", leftmost)
    recipe.put(rules, "COMMITS", "leftmost", Rule("Made-up leftmost", "From the left.", "made up", pace="even"))
    recipe.put(commit, "ACCEPTANCES", "every_other", every_other)
    other = Rule("Made-up every other", "Evens, then odds.", "made up", Level("Multiple", 2, 1, 8))
    recipe.put(rules, "COMMITS", "every_other", other)
    assert recipe.is_whole()


def test_a_made_up_order_chooses_by_its_scores_and_its_pace(tiny, commit_rules):
    canvas = canvas_of(tiny, length=16)
    for before, after in pairwise(denoised(tiny, canvas, steps=8, commit="leftmost", bar_end=True)):
        assert before.open - after.open == set(sorted(before.open)[:2])


def test_a_made_up_acceptance_takes_as_many_passes_as_it_needs(tiny, commit_rules):
    canvas = canvas_of(tiny, length=16)
    passes = denoised(tiny, canvas, steps=16, commit="every_other", bar_end=True)
    assert len(passes) == 3 and all(at % 2 for at in passes[1].open) and not passes[2].open
    assert "clock of fixed passes" in conflict_of({"commit": "every_other", "revise": "remdm_cap"})


def test_a_made_up_commit_rule_is_on_the_page_in_a_race_and_in_the_sweep(tiny, commit_rules):
    shown = page_text()
    assert "Made-up leftmost" in shown and "Made-up every other" in shown
    assert ended(tiny, commit="every_other", commit_level=4).run["commit"] == "every_other"
    with pytest.raises(RequestError, match="Multiple of Made-up every other must lie between 1 and 8"):
        RaceRequest.parse({**RACE, "commit": "every_other", "commit_level": 9})
    assert {"leftmost", "every_other"} <= {plan.settings.get("commit") for plan in plans(64)}


@dataclass(frozen=True)
class Regretful(Revision):
    """Takes back what the first pass settled, once."""

    looks_back = True

    def remask(self, view, schedule):
        return ~view.open & (view.progress < 0.3)


def test_a_made_up_revision_rule_revises_and_is_on_the_page_in_a_race_and_in_the_sweep(tiny, follow):
    recipe = follow("Add a revision rule")
    recipe.write("playground/samplers/diffusion/NAME.py")
    recipe.put(revise, "REVISING", "regretful", Regretful)
    record = Rule("Made-up regret", "Takes the first pass back.", "made up", traits=("masks", "clocked"))
    recipe.put(rules, "REVISIONS", "regretful", record)
    assert recipe.is_whole()
    assert "Made-up regret" in page_text()
    assert ended(tiny, revise="regretful").verdict["lanes"]["diffusion"]["remasks"]
    assert "clock of fixed passes" in conflict_of({"commit": "threshold", "revise": "regretful"})
    assert "regretful" in {plan.settings.get("revise") for plan in plans(64)}


def test_a_made_up_model_is_a_lane(tiny, save_twin, tmp_path, monkeypatch, follow):
    recipe = follow("Add a model")
    save_twin(tmp_path / "third", causal=False, seed=3)
    facts = {"licence": "made up", "source": "made up", "checked": "2026-11-26", "folder": str(tmp_path / "third")}
    record = {
        "kind": "diffusion",
        "title": "Third",
        "layout": "qwen3",
        "attention": "bidirectional",
        "template": "plain",
    }
    (tmp_path / "own.json").write_text(json.dumps({"third": {**record, **facts, "partner": "twin-ar"}}))
    monkeypatch.setenv("PLAYGROUND_CATALOG", str(tmp_path / "own.json"))
    recipe.write(FILE.relative_to(ROOT).as_posix())
    assert recipe.is_whole()
    model = tiny.compute(load_source, find("third"), tmp_path / "third", CPU)
    engine = Twins(tiny.diffusion, tiny.ar, CPU, tiny.thread, model)
    assert engine.models[-1].key == "third" and engine.can["third"] == model.can
    trace = ended(engine, lanes=[{"model": "third", "steps": 4}, {"model": "twin-ar"}])
    assert {lane.key: lane.about["model"] for lane in trace.lanes} == {"diffusion": "third", "ar": "twin-ar"}
    assert trace.lane("diffusion").title == "Third" and trace.run["checkpoints"]["third"] == model.hash
    assert trace.verdict["lanes"]["diffusion"]["passes"] == 4
    assert "".join(c.text for c in trace.canvas("diffusion").values() if c.state == "prompt") == "Hi there"
    assert len(ended(engine).lanes) == 2, "where nobody chooses, the twins race"


class Parrot:
    """A source that is no local model: it says the prompt again, a word a pass, at 10 ms each. Its token ids are its own."""

    record = ModelRecord("parrot", "ar", "Parrot", "", partner="twin-ar")
    can: frozenset[str] = frozenset()
    hash = "0123456789abcdef"
    kinds = ()

    def lane(self, request, key, title, about):
        words = [f" {word}" for word in request.prompt.split()]
        lane = Lane(key, "ar", title, len(words), len(words), {"model": "parrot", "end_id": 10**6, **about})
        return RunningLane(lane, self._frames(key, words), request.prompt, request.prompt, request.prompt)

    def _frames(self, key, words):
        n = len(words)
        yield Frame(key, 0, 0.0, 0.0, tuple(Change(at, word, None, "prompt", at) for at, word in enumerate(words)), n)
        for i, word in enumerate(words, start=1):
            said = Change(n + i - 1, word, 1.0, "committed", 900_000 + i)
            yield Frame(key, i, 10.0 * i, 10.0, (said,), n - i, phase="final" if i == n else "rough")

    def warm_up(self):
        pass


def test_whatever_answers_as_a_source_is_a_lane(tiny, follow):
    recipe = follow("Add a remote model")
    for module in (records, twins):
        recipe.write(Path(module.__file__).relative_to(ROOT).as_posix())
    recipe.write("playground/engine/SOURCE.py")
    assert recipe.is_whole()
    engine = Twins(tiny.diffusion, tiny.ar, CPU, tiny.thread, Parrot())
    lanes = [{"model": "parrot"}, {"model": "twin-diffusion"}]
    trace = ended(engine, lanes=lanes, prompt="Hi there you")
    figures = trace.verdict["lanes"]["ar"]
    assert trace.text("ar") == " Hi there you" and (figures["ms"], figures["passes"]) == (30.0, 3)
    assert figures["perplexity"] and figures["flops_share"] is None, (
        "the partner scores its words, and nobody its passes"
    )
    assert trace.run["checkpoints"]["parrot"] == Parrot.hash
    with pytest.raises(RequestError, match=r"Parrot \(parrot\) cannot fill blanks in a text"):
        engine.start(RaceRequest.parse({**RACE, "prompt": "a table at ___", "lanes": lanes}))
    with pytest.raises(RequestError, match="Parrot cannot show what it looked at"):
        engine.attention("parrot", [1, 2, 3], 1)


def told_with(monkeypatch, pages):
    monkeypatch.setattr("playground.ui.story.column.story_pages", lambda: pages)
    return page_text()


def test_a_made_up_chart_is_on_its_page(follow, monkeypatch):
    recipe = follow("Add a chart")
    drawn = charts.Chart(
        charts.bars([charts.Bar("one", 3.0, "ar", "measured", "3")], "things"), measured="Made up here."
    )
    recipe.put(charts, "CHARTS", "made_up", lambda claims, measured, last: drawn)
    recipe.write("assets/story/")
    assert recipe.is_whole()
    page = read_page("drawn", 1, "# Drawn\n\n![What a made-up chart shows](chart:made_up)\n")
    shown = told_with(monkeypatch, (page,))
    assert "chart-made_up" in shown and "What a made-up chart shows" in shown and "Made up here." in shown
    misspelled = read_page("drawn", 1, "# Drawn\n\n![What a made-up chart shows](chart:made_upp)\n")
    with pytest.raises(StoryError, match="The page drawn of the story cannot be shown"):
        list(pieces(misspelled, load_claims(), load_measured()))


def test_a_made_up_page_is_in_the_story(tmp_path, follow, monkeypatch):
    recipe = follow("Add a story page")
    folder = shutil.copytree(FOLDER, tmp_path / "story")
    page = folder / "8-made-up.md"
    page.write_text("# A made-up page\n\nSee [the lanes](light:ar), or [the start](page:two-ways).\n", encoding="utf-8")
    recipe.write("assets/story/")
    assert recipe.is_whole()
    pages = story_pages(folder)
    assert (pages[-1].slug, pages[-1].number, pages[-1].title) == ("made-up", len(pages), "A made-up page")
    assert list(faults(pages, load_claims(), load_measured())) == []
    shown = told_with(monkeypatch, pages)
    assert "page-made-up" in shown and "A made-up page" in shown
    page.write_text("# A made-up page\n\nIt is 7 times as fast, see [here](page:nowhere).\n", encoding="utf-8")
    found = list(faults([*pages[:-1], read_page("made-up", 8, page.read_text())], load_claims(), load_measured()))
    assert len(found) == 2 and all(fault.startswith("Page made-up:") for fault in found)
