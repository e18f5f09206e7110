"""Loading proves what it loads, and says how to mend what it cannot."""
import json
import shutil

import pytest

from playground.catalog.checkpoint import CheckpointError
from playground.catalog.twins import load_twins
from playground.request import PlaygroundError


@pytest.fixture
def models(tiny_models, tmp_path):
    return shutil.copytree(tiny_models, tmp_path / "models")


def test_missing_checkpoint(models):
    shutil.rmtree(models / "twin-ar")
    with pytest.raises(CheckpointError, match="models/twin-ar is missing.*git checkout -- models"):
        load_twins("cpu", models)


@pytest.mark.parametrize("damage", [b"", b"not a model", None])
def test_damaged_weights(models, damage):
    path = models / "twin-diffusion" / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-100] if damage is None else damage)
    with pytest.raises(CheckpointError, match="models/twin-diffusion is damaged") as caught:
        load_twins("cpu", models)
    assert str(models) not in str(caught.value)


def test_weights_that_do_not_fit_the_config(models):
    path = models / "twin-ar" / "config.json"
    config = json.loads(path.read_text())
    path.write_text(json.dumps({**config, "num_hidden_layers": 3, "layer_types": ["full_attention"] * 3}))
    with pytest.raises(CheckpointError, match="models/twin-ar is damaged: its weights do not fit"):
        load_twins("cpu", models)


@pytest.mark.parametrize("file, text", [
    ("evaluation.json", "{not json"), ("evaluation.json", '{"ar": {"weights_sha256": "another"}}'), ("tokenizer_config.json", "{}"),
    ("config.json", "{}"), ("tokenizer.json", "[]"),
])
def test_damaged_files_beside_the_weights(models, file, text):
    (models / "twin-ar" / file).write_text(text)
    with pytest.raises(CheckpointError, match="models/twin-ar is damaged"):
        load_twins("cpu", models)


def test_weights_that_compute_no_numbers(models):
    from safetensors.torch import load_file, save_file
    path = models / "twin-ar" / "model.safetensors"
    save_file({name: tensor * float("nan") for name, tensor in load_file(path).items()}, path, metadata={"format": "pt"})
    with pytest.raises(CheckpointError, match="models/twin-ar is damaged: it computes no numbers"):
        load_twins("cpu", models)


def test_a_diffusion_twin_that_would_run_causally_is_refused(models):
    path = models / "twin-diffusion" / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "is_causal": True}))
    with pytest.raises(CheckpointError, match=r"wrong attention \(causal\)"):
        load_twins("cpu", models)


def test_a_device_that_is_not_there(models):
    with pytest.raises(PlaygroundError, match="no device 'warp'.*cpu"):
        load_twins("warp", models)
    with pytest.raises(PlaygroundError, match="'cpu:abc' names no device"):
        load_twins("cpu:abc", models)
