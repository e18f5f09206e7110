"""Which published model a folder holds: by its config.json, its name and the names of its tensors."""

import json
import shutil

import pytest

from playground.__main__ import main
from playground.engine.chosen import chosen
from playground.errors import PlaygroundError
from playground.files import ROOT

PARITY = ROOT / "tests" / "data" / "parity"
SDAR = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "rope_theta": 1000000, "rms_norm_eps": 1e-6}


@pytest.fixture
def records(tmp_path, monkeypatch):
    """A host's catalog of tiny records with repositories: of SDAR with three lengths of block."""
    sdar = {"like": "sdar-1.7b-chat", "repo": "me/Tiny-Chat", "config": SDAR, "mask": 246}
    own = {"tiny": sdar, **{f"tiny-b{b}": {"like": "tiny", "repo": f"me/Tiny-Chat-b{b}", "block": b} for b in (8, 16)}}
    (tmp_path / "mine.json").write_text(json.dumps(own))
    monkeypatch.setenv("PLAYGROUND_CATALOG", str(tmp_path / "mine.json"))


@pytest.fixture
def sdar(tmp_path, records):
    """A function: (name of the folder, changed fields; None takes one away) -> a tiny SDAR."""

    def made(name, **fields):
        folder = shutil.copytree(PARITY / "sdar", tmp_path / name)
        raw = {**json.loads((folder / "config.json").read_text()), **fields}
        (folder / "config.json").write_text(json.dumps({key: one for key, one in raw.items() if one is not None}))
        return folder

    return made


@pytest.mark.parametrize(
    "name, fields, said",
    [
        ("tiny", {"block_size": 8}, "block_size = 8, and the record says 4"),
        ("tiny-b8", {}, "block_size = 4, and the record says 8"),
        ("tiny", {"mask_token_id": 247}, "mask_token_id = 247, and the record says 246"),
    ],
)
def test_a_block_or_a_mask_of_another_model_is_named(sdar, name, fields, said, capsys):
    """The network is the same with any, so nothing else would find it: the lane writes with the record's."""
    assert main(["models", "check", name, "--path", str(sdar("folder", **fields))]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    "name, block, record",
    [
        ("any", 4, "tiny"),
        ("any", 8, "tiny-b8"),
        ("any", None, "tiny"),
        ("Tiny-Chat", None, "tiny"),
        ("Tiny-Chat-b8", None, "tiny-b8"),
        ("my-own-b16", None, "tiny-b16"),
        ("my-own-b16", 16, "tiny-b16"),
    ],
)
def test_the_block_is_told_by_config_json_or_by_the_folders_name(sdar, name, block, record):
    assert chosen(str(sdar(name, block_size=block)), "diffusion").key == record


@pytest.mark.parametrize("name, block", [("my-own-b32", None), ("Tiny-Chat-b8", 16), ("Tiny-Chat-b8", 4)])
def test_a_folder_named_after_another_block_is_no_records(sdar, name, block):
    with pytest.raises(PlaygroundError, match="holds no model that a record describes"):
        chosen(str(sdar(name, block_size=block)), "diffusion")
