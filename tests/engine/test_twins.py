"""Loading proves what it loads, and says how to mend what it cannot."""

import hashlib
import json
import shutil

import pytest
import torch

from playground.catalog.records import AR_TWIN
from playground.decoders.checkpoint import CheckpointError, load_checkpoint
from playground.device.device import pick_device
from playground.engine.twins import load_twins
from playground.errors import PlaygroundError
from playground.request.race_request import RaceRequest


@pytest.fixture
def models(tiny_models, tmp_path):
    return shutil.copytree(tiny_models, tmp_path / "models")


def test_missing_checkpoint(models):
    shutil.rmtree(models / "twin-ar")
    with pytest.raises(CheckpointError, match=r"models/twin-ar is missing.*git checkout -- models"):
        load_twins("cpu", models)


@pytest.mark.parametrize("damage", [b"", b"not a model", None])
def test_damaged_weights(models, damage):
    path = models / "twin-diffusion" / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-100] if damage is None else damage)
    with pytest.raises(CheckpointError, match="models/twin-diffusion is damaged") as caught:
        load_twins("cpu", models)
    assert str(models) not in str(caught.value)


def shard(folder):
    """Split a checkpoint's weights into two files and an index, as save_pretrained does for larger models."""
    from safetensors.torch import load_file, save_file

    single = folder / "model.safetensors"
    tensors = load_file(single)
    names = sorted(tensors)
    parts = {"model-00001-of-00002.safetensors": names[::2], "model-00002-of-00002.safetensors": names[1::2]}
    for file, held in parts.items():
        save_file({name: tensors[name] for name in held}, folder / file, metadata={"format": "pt"})
    index = {"metadata": {}, "weight_map": {name: file for file, held in parts.items() for name in held}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    single.unlink()


def test_weights_in_shards_load_and_are_hashed_together(models):
    whole = load_checkpoint(AR_TWIN, models / "twin-ar", torch.device("cpu"))
    shard(models / "twin-ar")
    sharded = load_checkpoint(AR_TWIN, models / "twin-ar", torch.device("cpu"))
    for name, tensor in whole.model.state_dict().items():
        assert torch.equal(tensor, sharded.model.state_dict()[name])
    files = sorted((models / "twin-ar").glob("*.safetensors"))
    assert sharded.hash == hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]


@pytest.mark.parametrize(
    "file, text, said",
    [
        ("model-00002-of-00002.safetensors", None, "is missing or incomplete"),
        ("model.safetensors.index.json", "{}", "is damaged"),
        ("model.safetensors.index.json", "{not", "is damaged"),
    ],
)
def test_damaged_shards(models, file, text, said):
    shard(models / "twin-ar")
    (models / "twin-ar" / file).unlink() if text is None else (models / "twin-ar" / file).write_text(text)
    with pytest.raises(CheckpointError, match=f"models/twin-ar {said}"):
        load_twins("cpu", models)


def test_weights_that_do_not_fit_the_config(models):
    path = models / "twin-ar" / "config.json"
    config = json.loads(path.read_text())
    path.write_text(json.dumps({**config, "num_hidden_layers": 3, "layer_types": ["full_attention"] * 3}))
    with pytest.raises(CheckpointError, match="models/twin-ar is damaged: its weights do not fit"):
        load_twins("cpu", models)


@pytest.mark.parametrize(
    "file, text",
    [
        ("evaluation.json", "{not json"),
        ("evaluation.json", '{"ar": {"weights_sha256": "another"}}'),
        ("tokenizer_config.json", "{}"),
        ("config.json", "{}"),
        ("tokenizer.json", "[]"),
    ],
)
def test_damaged_files_beside_the_weights(models, file, text):
    (models / "twin-ar" / file).write_text(text)
    with pytest.raises(CheckpointError, match="models/twin-ar is damaged"):
        load_twins("cpu", models)


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "3",
        '{"ar": 1, "notice": 2, "prompt_perplexity_limits": []}',
        '{"notice": {"nats_per_word": {"most": 3}}, "prompt_perplexity_limits": {"dialogues": "much"}}',
        '{"eval_loss": 1.2}',
    ],
)
def test_another_file_of_the_name_of_an_evaluation_is_no_evaluation(models, text):
    (models / "twin-ar" / "evaluation.json").write_text(text)
    engine = load_twins("cpu", models)
    run = engine.start(RaceRequest("Explain how Kubernetes schedules pods.", length=8, steps=2))
    assert run.notice is None and list(run.frames())


def test_weights_that_compute_no_numbers(models):
    from safetensors.torch import load_file, save_file

    path = models / "twin-ar" / "model.safetensors"
    save_file(
        {name: tensor * float("nan") for name, tensor in load_file(path).items()}, path, metadata={"format": "pt"}
    )
    with pytest.raises(CheckpointError, match="models/twin-ar is damaged: it computes no numbers"):
        load_twins("cpu", models)


def test_a_diffusion_twin_that_would_run_causally_is_refused(models):
    path = models / "twin-diffusion" / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "is_causal": True}))
    with pytest.raises(
        CheckpointError, match=r"models/twin-diffusion.*config.json says is_causal = true, and the record says false"
    ):
        load_twins("cpu", models)


def test_a_device_that_is_not_there(models):
    with pytest.raises(PlaygroundError, match=r"no device 'warp'.*cpu"):
        load_twins("warp", models)
    with pytest.raises(PlaygroundError, match="'cpu:abc' names no device"):
        load_twins("cpu:abc", models)


def test_a_card_that_is_not_there_is_named(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    assert pick_device("cuda:0") == torch.device("cuda:0")
    with pytest.raises(PlaygroundError, match="no cuda:7 on this machine: it has 1 CUDA"):
        pick_device("cuda:7")
