"""A config.json may say the same in several ways: as transformers 5 writes it, with fields left out, under the names of a base
class. What is right loads and gives the same logits; what computes otherwise is refused by name."""

import json
import shutil

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

import tiny_published
from playground.catalog.catalog import find
from playground.decoders.checkpoint import load_model
from test_published_models import PARITY, check
from test_published_models import RECORD_OF as PUBLISHED

NOTHING = object()  # a field that is taken away


@pytest.fixture
def copy(tmp_path):
    return lambda name: shutil.copytree(PARITY / name, tmp_path / name)


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


LLAMA3 = {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0}
LLAMA3 |= {"original_max_position_embeddings": 8192}
WINDOWS = ["full_attention", "sliding_attention"]


@pytest.fixture
def ar(tmp_path, monkeypatch):
    """A function: name of a maker in tiny_published -> its folder, named by the record ``tiny-...``."""

    def made(name):
        cast = tiny_published.Cast(tmp_path, name)
        monkeypatch.setenv("PLAYGROUND_CATALOG", str(cast.catalog))
        return cast.folder(name)

    return made


@pytest.mark.parametrize(
    "name, fields, said",
    [
        ("llama3", {"hidden_act": "gelu"}, "hidden_act = gelu"),
        ("llama3", {"attention_bias": True}, "attention_bias = true"),
        ("llama3", {"mlp_bias": True}, "mlp_bias = true"),
        ("llama3", {"rope_scaling": LLAMA3}, "rope_scaling"),
        ("llama3", {"rope_parameters": {**LLAMA3, "rope_theta": 500000.0}}, "rope_scaling"),
        ("llama3", {"rope_parameters": {"rope_theta": 10000.0}}, "rope_theta = 500000.0 and 10000.0"),
        ("qwen2", {"hidden_act": "gelu"}, "hidden_act = gelu"),
        (
            "qwen2",
            {"use_sliding_window": True, "sliding_window": 16, "max_window_layers": 0},
            "use_sliding_window = true",
        ),
        ("qwen2", {"layer_types": WINDOWS, "sliding_window": 16}, "layer_types"),
        ("qwen3", {"hidden_act": None}, "hidden_act = nothing"),
        ("qwen3", {"attention_bias": True}, "attention_bias = true"),
        ("qwen3", {"rope_parameters": {"rope_type": "yarn", "factor": 4.0}}, "rope_scaling"),
        ("sdar", {"rope_parameters": {"type": "linear", "factor": 4.0}}, "rope_scaling"),
        ("sdar", {"layer_types": WINDOWS, "sliding_window": 16}, "layer_types"),
        ("llada", {"rope_scaling": {"type": "linear", "factor": 4.0}}, "rope_scaling"),
        ("dream", {"rope_parameters": {"full_attention": {"rope_type": "linear", "factor": 2.0}}}, "rope_scaling"),
    ],
)
def test_what_a_class_would_compute_otherwise_is_named(ar, name, fields, said, capsys):
    folder = ar(name)
    assert check(f"tiny-{name}", folder) == 0, capsys.readouterr()
    change(folder, **fields)
    assert check(f"tiny-{name}", folder) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("name", ["llama3", "qwen2", "qwen3", "dream", "sdar"])
def test_a_config_as_transformers_5_writes_it_loads(ar, name, capsys):
    """The same numbers, with the rotary base in rope_parameters, types of layers, and scaling that scales nothing."""
    folder = ar(name)
    before = load_model(find(f"tiny-{name}"), folder, torch.device("cpu"))
    base = json.loads((folder / "config.json").read_text())["rope_theta"]
    change(folder, rope_theta=NOTHING, rope_parameters={"rope_type": "default", "rope_theta": base}, hidden_act=NOTHING)
    change(folder, rope_scaling={"rope_type": "default"}, layer_types=["full_attention"] * 2, sliding_window=None)
    assert check(f"tiny-{name}", folder) == 0, capsys.readouterr()
    after = load_model(find(f"tiny-{name}"), folder, torch.device("cpu"))
    ids = torch.arange(3, 43)[None]
    with torch.inference_mode():
        assert torch.equal(before(input_ids=ids).logits, after(input_ids=ids).logits)


@pytest.mark.parametrize("name", ["<|MASK|>", "|<MASK>|"])
def test_the_mask_of_fast_dllm_has_either_name(ar, name, capsys):
    folder = ar("fast-dllm")
    record = {**json.loads((folder.parent / "catalog.json").read_text())["tiny-fast-dllm"], "title": "Mine"}
    record.pop("mask")  # as the published record has it
    (folder.parent / "catalog.json").write_text(json.dumps({"mine": record}))
    for file in ("tokenizer.json", "tokenizer_config.json"):
        text = (folder / file).read_text()
        (folder / file).write_text(text.replace("<|MASK|>", name))
    assert check("mine", folder) == 0, capsys.readouterr()
    assert ", mask 389, " in capsys.readouterr().out


RECORD_OF = {**PUBLISHED, "qwen3-diffusion": "qwen3-0.6b-diffusion-mdlm"}


@pytest.mark.parametrize(
    "folder, fields",
    [
        ("llada-8b", {"embedding_size": NOTHING}),
        ("llada-8b", {"embedding_size": None}),
        ("llada-8b", {"mlp_hidden_size": None, "mlp_ratio": 2}),
        ("llada-8b", {"n_kv_heads": None}),
        ("llada-8b", {"architectures": ["LLaDAModel"]}),
        ("llada-moe", {"hidden_act": NOTHING, "qk_layernorm": NOTHING, "moe_router_score_function": NOTHING}),
        ("llada-moe", {"partial_rotary_factor": NOTHING, "routed_scaling_factor": NOTHING, "norm_topk_prob": NOTHING}),
        ("llada-moe", {"architectures": ["LLaDAMoEModel"]}),
        (
            "llada2-moe",
            {"hidden_act": NOTHING, "norm_topk_prob": NOTHING, "use_qk_norm": NOTHING, "use_rmsnorm": NOTHING},
        ),
        ("llada2-moe", {"score_function": NOTHING, "moe_router_enable_expert_bias": NOTHING}),
        ("llada2-moe", {"partial_rotary_factor": NOTHING, "routed_scaling_factor": NOTHING}),
        ("llada-v", {"mm_vision_select_feature": NOTHING, "hidden_act": NOTHING}),
        ("dream-7b", {"hidden_act": NOTHING}),
        ("sdar", {"hidden_act": NOTHING}),
        ("qwen3-diffusion", {"hidden_act": NOTHING, "layer_types": NOTHING}),
    ],
)
def test_what_the_authors_class_takes_for_a_missing_field_loads_and_gives_their_logits(copy, folder, fields, capsys):
    changed = copy(folder)
    change(changed, **fields)
    assert expected(RECORD_OF[folder], changed) == 0, capsys.readouterr()


@pytest.mark.parametrize(
    "folder, fields, said",
    [
        ("llada-8b", {"activation_type": NOTHING}, "activation_type = nothing"),  # its class takes swiglu
        ("llada-8b", {"rope": NOTHING}, "rope = nothing"),
        (
            "llada-8b",
            {"mlp_hidden_size": None},
            "do not fit its config",
        ),  # four times the width, and the file has twice
        ("llada-8b", {"embedding_size": NOTHING, "vocab_size": 250}, "do not fit its config"),
        ("llada-moe", {"hidden_act": None}, "hidden_act = nothing"),
        ("llada-moe", {"rope_theta": NOTHING}, "rope_theta = nothing"),
    ],
)
def test_what_is_missing_and_means_something_else_is_named(copy, folder, fields, said, capsys):
    changed = copy(folder)
    change(changed, **fields)
    assert expected(RECORD_OF[folder], changed) == 2
    assert said in capsys.readouterr().err


def test_a_default_that_the_record_contradicts_is_told_as_one(copy, monkeypatch, tmp_path, capsys):
    sizes = {"d_model": 32, "rope_theta": 500000.0, "rms_norm_eps": 1e-5, "weight_tying": False}
    own = {"mine": {"like": "llada-8b-instruct", "repo": None, "mask": 246, "config": sizes}}
    (tmp_path / "mine.json").write_text(json.dumps(own))
    monkeypatch.setenv("PLAYGROUND_CATALOG", str(tmp_path / "mine.json"))
    folder = copy("llada-8b")
    assert check("mine", folder) == 0, capsys.readouterr()
    change(folder, weight_tying=NOTHING)
    assert check("mine", folder) == 2
    assert "weight_tying = nothing, which means true, and the record says false" in capsys.readouterr().err


def test_a_llada_without_the_models_prefix_gives_the_authors_logits(copy, capsys):
    folder = copy("llada-8b")
    resave(folder, lambda held: {name.removeprefix("model."): one for name, one in held.items()})
    assert expected("llada-8b-instruct", folder) == 0, capsys.readouterr()


def test_a_head_of_a2d_that_is_not_tied_loads(copy, capsys):
    folder = copy("qwen3-diffusion")
    change(folder, tie_word_embeddings=False)  # its file holds the head as well
    assert expected("qwen3-0.6b-diffusion-mdlm", folder) == 0, capsys.readouterr()
    resave(folder, lambda held: {**held, "lm_head.weight": held["lm_head.weight"] * 2})
    assert expected("qwen3-0.6b-diffusion-mdlm", folder) == 1, "another head gives other logits"
