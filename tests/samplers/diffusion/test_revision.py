"""The seam for revision rules: a rule is one object and its record, and nothing else knows its name."""

import ast
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest
import torch

import playground.samplers.diffusion
from playground.request.conflicts import as_data, conflict_of
from playground.request.race_request import RaceRequest
from playground.request.rules import AXES, REVISIONS, Level, Rule
from playground.request.sampler_settings import DenoiseSettings
from playground.samplers.diffusion.finish import replace_until_still
from playground.samplers.diffusion.revise import REVISING
from playground.samplers.diffusion.revision import Revision
from sampling import canvas_of, denoised

LENGTH, STEPS = 16, 8


@dataclass(frozen=True)
class Fickle(Revision):
    """Masks every settled token at an even position again until ``level`` of the block is due, and then writes one word everywhere."""

    word = 0
    looks_back = True

    def remask(self, view, schedule):
        return ~view.open & (view.positions % 2 == 0) & (schedule.after <= self.level)

    def finish(self, run):
        return replace_until_still(run, lambda view: (view.ids != self.word, torch.full_like(view.ids, self.word)))


@pytest.fixture
def fickle(tiny, monkeypatch):
    """A made-up rule: its object and its record, and no more."""
    monkeypatch.setattr(Fickle, "word", tiny.diffusion.encode("a")[0])
    monkeypatch.setitem(REVISING, "fickle", Fickle)
    monkeypatch.setitem(
        REVISIONS,
        "fickle",
        Rule(
            "Fickle",
            "Changes its mind.",
            "made up",
            Level("Until", 0.5, 0.0, 1.0),
            finishing=5,
            traits=("masks", "clocked"),
        ),
    )


def test_a_made_up_rule_takes_its_place_in_the_loop_and_after_it(tiny, fickle):
    canvas = canvas_of(tiny, length=LENGTH)
    passes = denoised(tiny, canvas, steps=STEPS, revise="fickle", bar_end=True)
    for i, (before, after) in enumerate(pairwise(passes[: STEPS + 1]), start=1):
        settled = canvas.open - before.open
        assert after.open - before.open == {at for at in settled if at % 2 == 0 and i / STEPS <= 0.5}
        assert len(after.open) == LENGTH - i * LENGTH // STEPS, "what is masked again is made up for"
    assert any(after.open - before.open for before, after in pairwise(passes))
    start = canvas.start
    assert not passes[STEPS].open and not passes[STEPS].last
    assert set(passes[STEPS + 1].ids[start:]) == {Fickle.word} and len(passes) == 1 + STEPS + 2 and passes[-1].last


def test_a_made_up_rules_level_tunes_it(tiny, fickle):
    never, own = (
        denoised(tiny, length=LENGTH, steps=STEPS, revise="fickle", revise_level=level, bar_end=True)
        for level in (0.0, None)
    )
    assert not any(after.open - before.open for before, after in pairwise(never))
    assert [step.open for step in never] != [step.open for step in own]
    with pytest.raises(ValueError, match="Until of Fickle must lie between 0 and 1"):
        DenoiseSettings(revise="fickle", revise_level=2.0)


def test_what_goes_with_a_made_up_rule_is_read_from_its_record(tiny, fickle):
    assert DenoiseSettings(steps=STEPS, revise="fickle").finishing == 5
    assert "clock of fixed passes" in conflict_of({"commit": "threshold", "revise": "fickle"})
    assert "puts masks back" in conflict_of({"noise": "tokens", "revise": "fickle"})
    assert conflict_of({"noise": "mask", "commit": "random", "revise": "fickle", "cache": "dual"}) is None
    assert sum("fickle" in conflict["others"] for conflict in as_data()) == 2


def test_a_made_up_rule_races(tiny, fickle):
    run = tiny.start(RaceRequest.parse(dict(prompt="Hi there", length=LENGTH, steps=STEPS, revise="fickle")))
    list(run.frames())
    assert (
        run.trace.verdict["lanes"]["diffusion"]["remasks"] and run.trace.verdict["lanes"]["diffusion"]["replacements"]
    )


@pytest.mark.parametrize(
    "path", sorted(Path(playground.samplers.diffusion.__file__).parent.glob("*.py")), ids=lambda path: path.stem
)
def test_no_module_of_the_sampler_compares_a_rule_by_its_name(path):
    names = {name for rules in AXES.values() for name in rules}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        asked = node if isinstance(node, ast.Compare) else None
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in ("startswith", "endswith")
        ):
            asked = node
        words = {part.value for part in ast.walk(asked) if isinstance(part, ast.Constant)} if asked else set()
        assert not words & names and not any(isinstance(word, str) and word.startswith("remdm") for word in words), (
            ast.unparse(asked)
        )
