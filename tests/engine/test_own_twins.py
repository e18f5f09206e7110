"""Twins of one's own: folders as `publish` writes them race in place of the shipped ones, and what cannot be is a sentence."""

import argparse
import json
import shutil

import pytest

from fakes import FakeEngine, record
from playground import __main__ as cli
from playground.catalog.records import DIFFUSION_TWIN
from playground.engine.chosen import load_chosen, model_options
from playground.engine.own_twins import KINDS, own_records
from playground.errors import PlaygroundError
from playground.evidence.measured import load_measured
from playground.files import ROOT
from playground.request.race_request import RaceRequest
from playground.trace.trace import Trace
from playground.training.tokenizer import save_for_transformers, train_tokenizer
from playground.ui.components.recorded import said_of

MODELS = ROOT / "models"
TOLD = {"diffusion": {"objective": "diffusion"}, "ar": {"objective": "ar"}}
CARD = (
    "## How it goes on\n\n**1.** User: Mend my bicycle, please.\n\n````text\n[16 passes]\nAssistant: Yes.\n````\n\n**2.** Once upon a time\n\n"
    "**3.** User: Hello. Assistant: Hi! User: Bye.\n\n**4.** User: Is it open today?\n"
)


@pytest.fixture
def folders(save_twin, tmp_path):
    """Two folders as publish writes them."""
    made = {kind: tmp_path / f"my-{kind}" for kind in KINDS}
    for kind, folder in made.items():
        save_twin(folder, causal=kind == "ar", seed=7)
        training = {
            **TOLD[kind],
            "settings": {"lengths": [96, 160]},
            "earlier": [{"settings": {"lengths": [64]}}],
            "corpus": {"parts": [{"part": "p", "what": "talk about bicycles", "source": "s", "licence": "l"}]},
        }
        (folder / "training.json").write_text(json.dumps(training))
        (folder / "README.md").write_text(CARD)
    return made


def loaded(**folders):
    parser = argparse.ArgumentParser()
    model_options(parser)
    options = parser.parse_args([part for kind, folder in folders.items() for part in (f"--{kind}", str(folder))])
    return load_chosen(argparse.Namespace(device="cpu", **vars(options)))


def test_they_race_under_their_own_names_and_say_what_they_are(folders):
    engine = loaded(**folders)
    assert engine.knows == "These twins are your own, trained on talk about bicycles."
    assert engine.examples == ("Mend my bicycle, please.", "Is it open today?")
    assert engine.diffusion.record.context == 160 and engine.longest == 96
    run = engine.start(RaceRequest.parse({"prompt": "hi", "length": 12, "steps": 3}))
    list(run.frames())
    assert run.trace.ended == "done" and set(run.trace.run["checkpoints"]) == {"my-diffusion", "my-ar"}


def test_two_folders_of_one_name_stay_two_in_the_trace(folders, tmp_path):
    same = {
        kind: shutil.move(folder, tmp_path / kind / "model") if (tmp_path / kind).mkdir() is None else None
        for kind, folder in folders.items()
    }
    run = loaded(**same).start(RaceRequest.parse({"prompt": "hi", "length": 8, "steps": 2}))
    assert set(run.trace.run["checkpoints"]) == {"model (diffusion)", "model (ar)"}
    assert [lane.about["model"] for lane in run.trace.lanes] == ["model (diffusion)", "model (ar)"]


def test_one_of_ones_own_races_with_the_other_that_ships(tmp_path):
    copy = shutil.copytree(MODELS / "twin-diffusion", tmp_path / "mine")
    engine = loaded(diffusion=copy)
    assert engine.knows.startswith("The diffusion twin is your own, the other the shipped one, trained on")
    windows = json.loads((copy / "training.json").read_text())["settings"]["lengths"]
    assert (engine.diffusion.name, engine.ar.name, engine.diffusion.record.context) == (
        "mine",
        "twin-ar",
        min(DIFFUSION_TWIN.context, max(windows)),
    )
    assert len(engine.examples) == 5 and all(len(example) < 300 for example in engine.examples), "off its model card"


def test_shapes_may_differ(folders, save_twin, tmp_path):
    save_twin(tmp_path / "wide", causal=False, positions=512)
    assert loaded(**{**folders, "diffusion": tmp_path / "wide"}).diffusion.record.context == 160


def spoil_weights(folder):
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:200])


@pytest.mark.parametrize(
    "spoil, says",
    [
        (shutil.rmtree, "There is no folder my-diffusion for --diffusion"),
        (
            lambda folder: (folder / "config.json").unlink(),
            "folder my-diffusion for --diffusion is missing or incomplete",
        ),
        (lambda folder: (folder / "model.safetensors").unlink(), "is missing or incomplete"),
        (spoil_weights, "folder my-diffusion for --diffusion is damaged: model.safetensors is cut short or damaged"),
        (
            lambda folder: (folder / "training.json").write_text('{"objective": "ar"}'),
            "for --diffusion holds an autoregressive twin",
        ),
    ],
)
def test_a_folder_that_cannot_be_used_is_a_sentence(folders, spoil, says, capsys):
    spoil(folders["diffusion"])
    with pytest.raises(PlaygroundError, match=says) as caught:
        loaded(**folders)
    assert (
        type(caught.value) is PlaygroundError
        and "git checkout" not in str(caught.value)
        and str(folders["diffusion"].parent) not in str(caught.value)
    )
    arguments = [part for kind, folder in folders.items() for part in (f"--{kind}", str(folder))]
    for command in (["race", "hi"], ["sweep"]):
        assert cli.main([*command, "--device", "cpu", *arguments]) == 2
        assert str(caught.value) in capsys.readouterr().err


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        '{"settings": 3, "earlier": "x", "corpus": {"parts": [1]}}',
        '{"settings": {"lengths": ["a"]}, "objective": [1]}',
    ],
)
def test_a_folder_that_tells_nothing_of_itself_races_all_the_same(folders, content):
    for folder in folders.values():
        (folder / "training.json").write_text(content)
        (folder / "README.md").unlink()
    record, _ = own_records(folders)
    assert record.knows == "These twins are your own." and record.examples and record.context == DIFFUSION_TWIN.context


def test_swapped_folders_are_found_even_where_nothing_names_them(folders):
    for folder in folders.values():
        (folder / "training.json").unlink()
    with pytest.raises(PlaygroundError, match=r"config\.json says is_causal = true, and the record says false"):
        loaded(diffusion=folders["ar"], ar=folders["diffusion"])


def test_twins_with_different_tokenizers_cannot_race(folders, tmp_path):
    """The same number of tokens, but others."""
    save_for_transformers(
        train_tokenizer(["Zebras quietly jump over boxes of liquorice."] * 40, 360), tmp_path / "other"
    )
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(tmp_path / "other" / name, folders["ar"] / name)
    with pytest.raises(PlaygroundError, match=r"different tokenizers.*one folder"):
        loaded(**folders)


def test_the_command_line_races_and_sweeps_with_them(folders, tmp_path):
    arguments = [part for kind, folder in folders.items() for part in (f"--{kind}", str(folder))]
    path = tmp_path / "run.json"
    assert (
        cli.main(["race", "hi", "--length", "8", "--steps", "2", "--device", "cpu", *arguments, "--json", str(path)])
        == 0
    )
    assert set(Trace.loads(path.read_text()).run["checkpoints"]) == {"my-diffusion", "my-ar"}
    assert (
        cli.main(
            [
                "sweep",
                "--prompts",
                "1",
                "--length",
                "8",
                "--device",
                "cpu",
                *arguments,
                "--json",
                str(tmp_path / "sweep.json"),
            ]
        )
        == 0
    )
    assert set(json.loads((tmp_path / "sweep.json").read_text())["run"]["checkpoints"]) == {"my-diffusion", "my-ar"}
    assert cli.main(["sweep", "--length", "200", "--device", "cpu", *arguments]) == 2, "more than they read"


def test_figures_and_runs_that_ship_say_whose_they_are_beside_other_twins(tmp_path):
    none = tmp_path / "none.json"
    shipped = load_measured(own=none)
    own = load_measured(weights=["1" * 16, "2" * 16], own=none)
    assert "not those loaded here" in own.where and "loaded here" not in shipped.where
    assert "loaded here" not in load_measured(weights=shipped.checkpoints.values(), own=none).where
    trace = record("hi", length=8, steps=2)
    trace.run["checkpoints"] = {"twin-diffusion": "a", "twin-ar": "b"}
    assert (
        said_of([trace], {"diffusion": "a", "ar": "b"})
        == ""
        == said_of([trace], {})
        == said_of([], FakeEngine.checkpoints)
    )
    assert "The models loaded here are others" in said_of([trace], FakeEngine.checkpoints)
