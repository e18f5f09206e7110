"""Which published model a folder holds: by its config.json, its name and the names of its tensors."""

import json
import shutil

import pytest
from safetensors.torch import load_file, save_file

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


@pytest.mark.parametrize("name, record", [("Tiny-Chat", "tiny"), ("Tiny-Chat-b8", "tiny-b8"), ("own-b16", "tiny-b16")])
def test_a_commit_in_the_cache_of_the_hub_has_the_name_of_its_repository(sdar, tmp_path, name, record):
    cached = tmp_path / f"models--me--{name}" / "snapshots" / "0123456789abcdef0123456789abcdef01234567"
    cached.parent.mkdir(parents=True)
    sdar("any", block_size=None).rename(cached)
    assert chosen(str(cached), "diffusion").key == record


def test_a_lane_of_a_commit_in_the_cache_is_called_by_its_repository(tmp_path):
    cached = tmp_path / "models--me--Tiny-LM" / "snapshots" / "0123456789abcdef0123456789abcdef01234567"
    cached.mkdir(parents=True)
    (cached / "config.json").write_text('{"architectures": ["LlamaForCausalLM"]}')
    assert chosen(str(cached), "ar").title == "Tiny-LM"


@pytest.mark.parametrize("link, target", [("Tiny-Chat-b8", "any"), ("any", "Tiny-Chat-b8")])
def test_a_link_to_a_folder_tells_the_block_as_the_folder_does(sdar, tmp_path, link, target):
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / link).symlink_to(sdar(target, block_size=None))
    assert chosen(str(tmp_path / "links" / link), "diffusion").key == "tiny-b8"


@pytest.mark.parametrize("name, block", [("my-own-b32", None), ("Tiny-Chat-b8", 16), ("Tiny-Chat-b8", 4)])
def test_a_folder_named_after_another_block_is_no_records(sdar, name, block):
    with pytest.raises(PlaygroundError, match="holds no model that a record describes"):
        chosen(str(sdar(name, block_size=block)), "diffusion")


@pytest.fixture
def llada_v(tmp_path, monkeypatch):
    """A function: whether with its tower -> a tiny LLaDA-V that two records of one repository describe."""
    sizes = {"hidden_size": 32, "rope_theta": 500000.0, "rms_norm_eps": 1e-5}
    own = {key: {"like": key, "repo": "me/V", "config": sizes, "title": key} for key in ("llada-v", "llada-v-text")}
    own = {f"my-{key}": record for key, record in own.items()}
    (tmp_path / "mine.json").write_text(json.dumps(own))
    monkeypatch.setenv("PLAYGROUND_CATALOG", str(tmp_path / "mine.json"))

    def made(tower):
        folder = shutil.copytree(PARITY / "llada-v", tmp_path / "any")
        held = load_file(folder / "model.safetensors")
        words = ("vision_tower", "mm_projector", "image_newline")
        kept = {key: one for key, one in held.items() if tower or not any(word in key for word in words)}
        save_file(kept, folder / "model.safetensors", metadata={"format": "pt"})
        return folder

    return made


@pytest.mark.parametrize(
    "tower, key, other", [(True, "my-llada-v", "my-llada-v-text"), (False, "my-llada-v-text", "my-llada-v")]
)
def test_the_tensors_tell_a_llada_v_with_a_tower_from_one_without(llada_v, tower, key, other, capsys):
    """config.json is the same."""
    folder = llada_v(tower)
    assert chosen(str(folder), "diffusion").key == key
    assert main(["models", "check", key, "--path", str(folder)]) == 0
    assert main(["models", "check", other, "--path", str(folder)]) == 2
    assert f"Name the record {key} instead of {other}" in capsys.readouterr().err


@pytest.mark.parametrize("fields_of_the_tower", [True, False])
def test_the_published_records_are_named_whatever_the_sizes(llada_v, fields_of_the_tower, capsys):
    folder = llada_v(False)
    raw = json.loads((folder / "config.json").read_text())
    kept = {name: one for name, one in raw.items() if fields_of_the_tower or not name.startswith(("mm_", "image_"))}
    (folder / "config.json").write_text(json.dumps(kept))
    shutil.copy(PARITY / "llada-v" / "expected.npz", folder)
    assert main(["models", "check", "llada-v", "--path", str(folder), "--expect", str(folder / "expected.npz")]) == 2
    assert "has no tower for pictures. Name the record llada-v-text instead" in capsys.readouterr().err
