"""A config.json may say the same in several ways: as transformers 5 writes it, with fields left out, under the names of a base
class. What is right loads and gives the same logits; what computes otherwise is refused by name."""

import json
import shutil

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from playground.__main__ import main
from playground.files import ROOT

PARITY = ROOT / "tests" / "data" / "parity"
NOTHING = object()  # a field that is taken away


@pytest.fixture
def copy(tmp_path):
    return lambda name: shutil.copytree(PARITY / name, tmp_path / name)


def check(name, folder, *more):
    return main(["models", "check", name, "--path", str(folder), *map(str, more)])


def expected(name, folder):
    """Check a folder with the authors' logits, which lie in it."""
    return check(name, folder, "--expect", folder / "expected.npz")


def change(folder, **fields):
    path = folder / "config.json"
    raw = {**json.loads(path.read_text()), **fields}
    path.write_text(json.dumps({name: value for name, value in raw.items() if value is not NOTHING}))


def resave(folder, edit):
    path = folder / "model.safetensors"
    save_file(edit(load_file(path)), path, metadata={"format": "pt"})


def own_logits(folder, name, model):
    """Write an .npz of a stock class's own logits, to check a folder that it saved."""
    ids = torch.randint(3, 240, (2, 40), generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        np.savez(folder / name, input_ids=ids.numpy(), logits=model(input_ids=ids).logits.numpy())
    return folder / name


@pytest.fixture
def modernbert(tmp_path):
    """A ModernBERT as transformers 5 saves it, with its own logits beside it."""
    from transformers import ModernBertConfig, ModernBertForMaskedLM

    torch.manual_seed(0)
    sizes = {"vocab_size": 256, "hidden_size": 32, "intermediate_size": 48, "num_attention_heads": 4}
    ids = {"pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "cls_token_id": 1, "sep_token_id": 2}
    model = ModernBertForMaskedLM(ModernBertConfig(**sizes, **ids, num_hidden_layers=4, local_attention=8)).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.mul_(1 if "norm" in name else 8)
    model.save_pretrained(tmp_path)
    own_logits(tmp_path, "expected.npz", model)
    return tmp_path


def test_a_modernbert_of_transformers_5_loads(modernbert, capsys):
    raw = json.loads((modernbert / "config.json").read_text())
    assert "position_embedding_type" not in raw and "global_attn_every_n_layers" not in raw
    assert expected("modernbert-base-chat", modernbert) == 0, capsys.readouterr()


def test_a_modernbert_with_bases_as_in_version_4_loads(modernbert, capsys):
    change(modernbert, rope_parameters=NOTHING, global_rope_theta=160000.0, local_rope_theta=10000.0)
    change(modernbert, layer_types=NOTHING, global_attn_every_n_layers=3, position_embedding_type="absolute")
    assert expected("modernbert-base-chat", modernbert) == 0, capsys.readouterr()


@pytest.mark.parametrize(
    "field, of", [("global_rope_theta", "full_attention"), ("local_rope_theta", "sliding_attention")]
)
@pytest.mark.parametrize("flat", [True, False])
def test_both_rotary_bases_of_a_modernbert_are_compared(modernbert, field, of, flat, capsys):
    rope = json.loads((modernbert / "config.json").read_text())["rope_parameters"]
    rope[of]["rope_theta"] = 1234.0
    change(modernbert, **({"rope_parameters": NOTHING, field: 1234.0} if flat else {"rope_parameters": rope}))
    assert expected("modernbert-base-chat", modernbert) == 2
    assert f"{field} = 1234.0" in capsys.readouterr().err


def test_the_layers_of_a_modernbert_that_see_everything_are_compared(modernbert, monkeypatch, tmp_path, capsys):
    sizes = {"hidden_size": 32, "num_hidden_layers": 4, "global_attn_every_n_layers": 3}
    own = {"mine": {"like": "modernbert-base-chat", "repo": None, "config": sizes}}
    (tmp_path / "mine.json").write_text(json.dumps(own))
    monkeypatch.setenv("PLAYGROUND_CATALOG", str(tmp_path / "mine.json"))
    assert check("mine", modernbert) == 0, capsys.readouterr()
    every_second = ["full_attention", "sliding_attention"] * 2
    change(modernbert, layer_types=every_second)
    assert check("mine", modernbert) == 2
    assert "global_attn_every_n_layers = 2, and the record says 3" in capsys.readouterr().err
