"""DiffusionGemma loads by its record, and only if its encoder and its canvas attend as they must."""

from dataclasses import replace

import pytest
import torch

from made_up_gemma import CANVAS, RECORD, tiny_gemma
from playground.__main__ import main
from playground.decoders import checkpoint as checkpoints
from playground.decoders.canvas_direction import prove_canvas_direction
from playground.decoders.checkpoint import CheckpointError, load_checkpoint
from playground.decoders.direction import WrongAttention

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def folder(tiny, tmp_path_factory):
    """Its files as transformers writes them."""
    made = tmp_path_factory.mktemp("gemma")
    tiny_gemma(tiny.ar.tokenizer, sure=1).model.save_pretrained(made)
    tiny.ar.tokenizer.save_pretrained(made)
    return made


def test_it_loads_and_is_the_same_model(folder, tiny):
    found = load_checkpoint(replace(RECORD, parameters=0), folder, CPU)  # a small model computes in float32
    saved = tiny_gemma(tiny.ar.tokenizer, sure=1).model.state_dict()
    loaded = found.model.state_dict()
    assert loaded.keys() == saved.keys() and all(torch.equal(loaded[name], saved[name]) for name in saved)
    assert found.model.config.canvas_length == CANVAS
    assert set(RECORD.ends) <= set(found.special.ends)


def test_models_check_says_what_fits(folder, capsys, tmp_path):
    assert main(["models", "check", RECORD.key, "--path", str(folder)]) == 0
    said = capsys.readouterr().out
    assert "DiffusionGemmaForBlockDiffusion" in said and "Attention: own, proved." in said


def test_logits_of_another_attention_cannot_be_compared(folder, capsys, tmp_path):
    import numpy as np

    np.savez(tmp_path / "expected.npz", input_ids=np.zeros((1, 4), dtype=np.int64))
    expect = ["--expect", str(tmp_path / "expected.npz")]
    assert main(["models", "check", RECORD.key, "--path", str(folder), *expect]) != 0
    assert "an attention of its own" in capsys.readouterr().err


LAYERS = {"sliding_attention": 0, "full_attention": 1}  # kind of layer -> one of that kind


def with_masks(module, mask):
    """The module gets other masks. mask: called with the number of keys in a layer of each kind."""

    def change(module, given, named):
        name = "decoder_attention_mask" if "decoder_attention_mask" in named else "attention_mask"
        queries = (
            named["decoder_input_ids"].shape[1] if "decoder_input_ids" in named else named["inputs_embeds"].shape[1]
        )
        keys = {kind: named["past_key_values"].get_mask_sizes(queries, layer)[0] for kind, layer in LAYERS.items()}
        return given, {**named, name: {kind: mask(queries, n)[None, None] for kind, n in keys.items()}}

    module.register_forward_pre_hook(change, with_kwargs=True)


def open_encoder(model):
    with_masks(model.model.encoder.language_model, lambda queries, keys: torch.ones(queries, keys, dtype=torch.bool))


def causal_canvas(model):
    with_masks(
        model.model.decoder, lambda queries, keys: torch.ones(queries, keys, dtype=torch.bool).tril(keys - queries)
    )


def blind_canvas(model):
    with_masks(model.model.decoder, lambda queries, keys: (torch.arange(keys) >= keys - queries).expand(queries, keys))


@pytest.mark.parametrize(
    "spoil, wrong",
    [
        (open_encoder, "an encoder that is not causal"),
        (causal_canvas, "a causal canvas"),
        (blind_canvas, "a canvas that is blind to the prompt"),
    ],
)
def test_a_wrong_attention_is_refused(tiny, spoil, wrong):
    model = tiny_gemma(tiny.ar.tokenizer, sure=1).model
    prove_canvas_direction(model)
    spoil(model)
    with pytest.raises(WrongAttention, match=wrong):
        prove_canvas_direction(model)


def test_a_transformers_without_the_class_is_told_from_a_damaged_folder(folder, monkeypatch):
    known = checkpoints.layout(RECORD.layout)
    monkeypatch.setattr(checkpoints, "layout", lambda key: replace(known, config_class="ConfigOfTomorrow"))
    with pytest.raises(CheckpointError, match="needs the class ConfigOfTomorrow, which transformers"):
        load_checkpoint(RECORD, folder, CPU)
