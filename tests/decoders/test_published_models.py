"""Published checkpoints load by their record into stock classes, give the authors' logits, and are refused where anything
does not fit. The folders of tests/data/parity are tiny random checkpoints in the original layouts."""

import json
import shutil

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from playground.__main__ import main
from playground.catalog.catalog import catalog, find
from playground.catalog.layouts import layouts
from playground.decoders.checkpoint import CheckpointError, load_model
from playground.decoders.decoder import Decoder
from playground.decoders.direction import WrongAttention, block_mask, prove_direction
from playground.files import ROOT

PARITY = ROOT / "tests" / "data" / "parity"
RECORD_OF = {
    "llada-8b": "llada-8b-instruct",
    "llada-moe": "llada-moe-7b-a1b",
    "llada2-moe": "llada2.0-mini",
    "dream-7b": "dream-7b-instruct",
    "sdar": "sdar-4b-chat",
    "llada-v": "llada-v",
}
CASES = [
    *RECORD_OF.items(),
    ("qwen3-diffusion", "qwen3-0.6b-diffusion-mdlm"),
    ("qwen3-diffusion", "qwen3-0.6b-diffusion-bd3lm"),
]
CPU = torch.device("cpu")


def check(name, folder, *more):
    return main(["models", "check", name, "--path", str(folder), *map(str, more)])


def load(name, folder):
    return load_model(find(name), folder, CPU, sizes=False, dtype=torch.float32)


@pytest.fixture
def copy(tmp_path):
    return lambda name: shutil.copytree(PARITY / name, tmp_path / name)


def change(folder, **fields):
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))


def resave(folder, edit):
    path = folder / "model.safetensors"
    save_file(edit(load_file(path)), path, metadata={"format": "pt"})


@pytest.mark.parametrize("folder, name", CASES)
def test_the_logits_are_the_authors(folder, name, capsys):
    assert check(name, PARITY / folder, "--expect", PARITY / folder / "expected.npz") == 0
    said = capsys.readouterr().out
    differences = [float(line.split(": ")[1].split()[0]) for line in said.splitlines() if line.startswith("  logits")]
    largest = [float(line.rsplit(" ", 1)[1]) for line in said.splitlines() if line.startswith("  logits")]
    assert differences and all(one <= 1e-5 * max(1, most / 10) for one, most in zip(differences, largest)), said
    blocks = find(name).block is not None
    assert ("block by block after a cache" in said) == blocks


@pytest.mark.parametrize("folder, name", CASES)
def test_a_wrong_logit_ends_with_exit_code_1(folder, name, tmp_path, capsys):
    with np.load(PARITY / folder / "expected.npz") as file:
        arrays = {key: file[key].copy() for key in file.files}
    for key in arrays:
        if key.startswith("logits"):
            arrays[key][0, -1, 3] += 1e-3
    np.savez(tmp_path / "wrong.npz", **arrays)
    assert check(name, PARITY / folder, "--expect", tmp_path / "wrong.npz") == 1
    assert "too far" in capsys.readouterr().out


def test_a_folder_is_compared_with_the_sizes_of_the_record(capsys):
    assert check("llada-8b-instruct", PARITY / "llada-8b") == 2
    assert "config.json says d_model = 32, and the record says 4096" in capsys.readouterr().err


@pytest.mark.parametrize(
    "folder, fields, said",
    [
        ("llada-8b", {"rope_theta": 10000.0}, "rope_theta = 10000.0, and the record says 500000.0"),
        ("llada-8b", {"rms_norm_eps": 1e-6}, "rms_norm_eps"),
        ("llada-8b", {"alibi": True}, "alibi = true, and the record says false"),
        ("llada-8b", {"include_qkv_bias": True}, "include_qkv_bias"),
        ("llada-8b", {"activation_type": "gelu"}, "activation_type"),
        ("llada-8b", {"model_type": "llama"}, "model_type"),
        ("llada-8b", {"architectures": ["LLaDAMoEModelLM"]}, "architectures"),
        ("llada-moe", {"norm_topk_prob": True}, "norm_topk_prob = true, and the record says nothing"),
        ("llada-moe", {"moe_router_score_function": "sigmoid"}, "moe_router_score_function"),
        ("llada-moe", {"routed_scaling_factor": 2.5}, "routed_scaling_factor"),
        ("llada2-moe", {"score_function": "softmax"}, "score_function"),
        ("llada2-moe", {"partial_rotary_factor": 1.0}, "partial_rotary_factor"),
        ("llada2-moe", {"norm_topk_prob": False}, "norm_topk_prob"),
        ("llada2-moe", {"use_sliding_window": True}, "use_sliding_window"),
        ("dream-7b", {"rope_theta": 10000.0}, "rope_theta"),
        ("dream-7b", {"rope_scaling": {"type": "yarn", "factor": 4}}, "rope_scaling"),
        ("sdar", {"rope_theta": 10000}, "rope_theta"),
        ("sdar", {"attention_bias": True}, "attention_bias"),
        ("llada-v", {"image_aspect_ratio": "pad"}, "image_aspect_ratio"),
        ("llada-v", {"mm_vision_select_layer": -1}, "mm_vision_select_layer"),
        ("llada-v", {"mm_use_im_start_end": True}, "mm_use_im_start_end"),
    ],
)
def test_a_changed_field_of_config_json_is_named(copy, folder, fields, said, capsys):
    changed = copy(folder)
    change(changed, **fields)
    assert check(RECORD_OF[folder], changed, "--expect", changed / "expected.npz") == 2
    heard = capsys.readouterr().err
    assert said in heard and str(changed.parent) not in heard and "Traceback" not in heard


def test_a_missing_field_is_not_the_default_of_a_class(copy, capsys):
    """Without rope_theta a stock config would take its own, and nothing would look wrong."""
    folder = copy("llada-8b")
    raw = json.loads((folder / "config.json").read_text())
    del raw["rope_theta"]
    (folder / "config.json").write_text(json.dumps(raw))
    assert check("llada-8b-instruct", folder, "--expect", folder / "expected.npz") == 2
    assert "rope_theta = nothing" in capsys.readouterr().err


@pytest.mark.parametrize("folder", RECORD_OF)
def test_missing_extra_and_misshapen_tensors_are_named(copy, folder, capsys):
    name, whole = RECORD_OF[folder], PARITY / folder
    tensor = next(
        key for key in sorted(load_file(whole / "model.safetensors")) if "norm.weight" in key and ".1." in key
    )
    stock = layouts()[find(name).layout].renamed(tensor)
    for edit in (
        lambda held: {key: value for key, value in held.items() if key != tensor},
        lambda held: {**held, tensor.replace(".1.", ".9."): held[tensor].clone()},
        lambda held: {**held, tensor: torch.ones(len(held[tensor]) + 8)},
    ):
        damaged = copy(folder)
        resave(damaged, edit)
        assert check(name, damaged, "--expect", damaged / "expected.npz") == 2
        heard = capsys.readouterr().err
        assert "its weights do not fit its config" in heard
        assert stock.replace(".1.", "") in heard.replace(".1.", "").replace(".9.", "") or "Error" in heard
        shutil.rmtree(damaged)


def test_a_cut_shard_and_a_missing_one_are_named(copy, capsys):
    folder = copy("llada-8b")
    held = load_file(folder / "model.safetensors")
    names = sorted(held)
    parts = {"model-00001-of-00002.safetensors": names[::2], "model-00002-of-00002.safetensors": names[1::2]}
    for file, keys in parts.items():
        save_file({key: held[key] for key in keys}, folder / file, metadata={"format": "pt"})
    index = {"weight_map": {key: file for file, keys in parts.items() for key in keys}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    (folder / "model.safetensors").unlink()
    assert check("llada-8b-instruct", folder, "--expect", folder / "expected.npz") == 0, "whole, it loads"
    shard = folder / "model-00002-of-00002.safetensors"
    shard.write_bytes(shard.read_bytes()[:-64])
    assert check("llada-8b-instruct", folder, "--expect", folder / "expected.npz") == 2
    assert "model-00002-of-00002.safetensors is cut short or damaged" in capsys.readouterr().err
    shard.unlink()
    assert check("llada-8b-instruct", folder, "--expect", folder / "expected.npz") == 2
    heard = capsys.readouterr().err
    assert "missing or incomplete" in heard and str(folder.parent) not in heard


def test_the_layouts_of_one_model_type_are_told_apart(copy, capsys):
    """model_type "llada" stands in three layouts: by its names alone LLaDA-MoE would be a LLaDA-8B."""
    assert check("llada-8b-instruct", PARITY / "llada-moe", "--expect", PARITY / "llada-moe" / "expected.npz") == 2
    renamed = copy("dream-7b")  # Llama's names, as LLaDA-V's language model has them, under LLaDA-8B's config
    (renamed / "config.json").write_text((PARITY / "llada-8b" / "config.json").read_text())
    assert check("llada-8b-instruct", renamed, "--expect", renamed / "expected.npz") == 2
    assert "its weights do not fit its config" in capsys.readouterr().err


@pytest.mark.parametrize(
    "folder, field, value",
    [
        ("llada-moe", "norm_topk_prob", True),
        ("llada2-moe", "norm_topk_prob", False),
        ("llada2-moe", "use_qk_norm", False),
    ],
)
def test_only_numbers_find_a_network_that_weighs_its_experts_otherwise(folder, field, value, monkeypatch, capsys):
    """The shapes agree and the text would look plausible."""
    record = find(RECORD_OF[folder])
    layout = layouts()[record.layout]
    monkeypatch.setitem(layout.fixed, field, value)
    code = check(record.key, PARITY / folder, "--expect", PARITY / folder / "expected.npz")
    assert code != 0, "the logits differ by 0.1 and more, or tensors are left over"


def test_a_head_that_differs_from_the_embeddings_it_is_tied_to_is_refused(copy, capsys):
    folder = copy("qwen3-diffusion")
    resave(folder, lambda held: {**held, "lm_head.weight": held["lm_head.weight"] + 1})
    assert check("qwen3-0.6b-diffusion-mdlm", folder, "--expect", folder / "expected.npz") == 2
    assert "lm_head" in capsys.readouterr().err


@pytest.mark.parametrize("folder, name", CASES)
def test_each_direction_of_attention_is_proved(folder, name):
    """A model is proved to attend as its record says, and any other record of the same weights is refused."""
    record = find(name)
    decoder = Decoder(load(name, PARITY / folder))
    prove_direction(decoder, record)
    causal = Decoder(decoder.model)
    causal.causal = True  # the class's own mask
    with pytest.raises(WrongAttention, match="causal"):
        prove_direction(Masked(decoder, lambda n: block_mask(n, 1, CPU)), record)
    if record.attention == "block-causal":
        with pytest.raises(WrongAttention, match="not cut off after a block"):
            prove_direction(Masked(decoder, lambda n: torch.ones(n, n, dtype=torch.bool)), record)
        with pytest.raises(WrongAttention, match="blind to earlier blocks"):
            prove_direction(Masked(decoder, lambda n: block_mask(n, 4, CPU) & block_mask(n, 4, CPU).T), record)


class Masked:
    """A decoder that attends by a mask of its own, whatever it is asked for. mask: number of positions -> bool [n, n]."""

    def __init__(self, decoder, mask):
        self._decoder, self._mask = decoder, mask
        self.device, self.dtype, self.vocabulary = decoder.device, decoder.dtype, decoder.vocabulary

    def hidden(self, ids, mask=None):
        return self._decoder.hidden(ids, mask=self._mask(ids.shape[1]))


def test_a_wrong_anchor_of_blocks_gives_other_numbers():
    """It never raises an error: blocks counted from the fifth position give plausible text."""
    with np.load(PARITY / "sdar" / "expected.npz") as file:
        ids, expected = torch.tensor(file["input_ids"]), torch.tensor(file["logits"])
    decoder = Decoder(load("sdar-4b-chat", PARITY / "sdar"))
    with torch.inference_mode():
        right, wrong = (
            decoder.logits(decoder.hidden(ids, mask=block_mask(ids.shape[1], 4, CPU, first))) for first in (0, 1)
        )
    assert (right - expected).abs().max() < 1e-5 and (wrong - expected).abs().max() > 0.1


def test_a_missing_shift_gives_other_numbers():
    with np.load(PARITY / "dream-7b" / "expected.npz") as file:
        raw, shifted = file["logits"], file["logits_shifted"]
    assert np.abs(raw - shifted).max() > 1
    assert find("dream-7b-instruct").shift == "whole"


def test_a_record_without_the_shift_is_found_by_the_authors_logits(tmp_path, monkeypatch, capsys):
    own = {"unshifted": {"like": "dream-7b-instruct", "shift": "none"}}
    (tmp_path / "mine.json").write_text(json.dumps(own))
    monkeypatch.setenv("PLAYGROUND_CATALOG", str(tmp_path / "mine.json"))
    folder = PARITY / "dream-7b"
    assert check("unshifted", folder, "--expect", folder / "expected.npz") == 1
    said = capsys.readouterr().out
    assert all(("too far" in line) == ("shifted" in line) for line in said.splitlines() if line.startswith("  logits"))


def test_nothing_asks_on_standard_input(monkeypatch):
    monkeypatch.setattr("builtins.input", lambda *_: pytest.fail("it asked"))
    for folder, name in CASES:
        load(name, PARITY / folder)


def test_a_modernbert_has_its_own_decoder():
    """Its head stands between layers and vocabulary: read as a causal model it is wrong by tens."""
    from transformers import ModernBertConfig, ModernBertForMaskedLM

    from playground.decoders.encoder import decoder_of

    torch.manual_seed(0)
    config = ModernBertConfig(
        vocab_size=256,
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=4,
        num_attention_heads=4,
        local_attention=8,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
        cls_token_id=1,
        sep_token_id=2,
        attn_implementation="sdpa",
    )
    model = ModernBertForMaskedLM(config).eval()
    ids = torch.randint(3, 256, (2, 40))
    decoder = decoder_of(model)
    with torch.inference_mode():
        assert torch.allclose(decoder.logits(decoder.hidden(ids)), model(ids).logits, atol=1e-5)
        prove_direction(decoder, find("modernbert-base-chat"))
    with pytest.raises(ValueError, match="without a cache"):
        decoder.hidden(ids, positions=torch.arange(40))


def test_the_catalog_holds_together():
    records = catalog()
    for record in records.values():
        assert record.layout in layouts(), record.key
        assert record.partner in records or not record.partner, record.key
        assert (record.block is None) == (record.anchor is None), record.key
        if record.repo:
            assert record.licence and record.source and record.checked and record.bytes and record.parameters, (
                record.key
            )
            known = {*layouts()[record.layout].sizes, "rope_theta", "rms_norm_eps", "norm_eps", "tie_word_embeddings"}
            assert set(record.config) <= known, record.key


def test_a_hosts_own_catalog_is_read_and_its_faults_are_sentences(tmp_path, monkeypatch):
    from playground.errors import PlaygroundError

    own = tmp_path / "mine.json"
    monkeypatch.setenv("PLAYGROUND_CATALOG", str(own))
    own.write_text(json.dumps({"mine": {"like": "llada-8b-instruct", "title": "Mine", "folder": "/x", "repo": None}}))
    assert find("mine").mask == 126336 and find("mine").repo == ""
    for text, said in (
        ("{", "mine.json cannot be read"),
        ("[]", "must be a JSON object"),
        ('{"mine": {"like": "nothing"}}', "is like 'nothing'"),
        ('{"mine": {"like": "mine"}}', "is like 'mine'"),
        ('{"mine": {"title": "Mine"}}', "lacks the field 'kind'"),
        ('{"mine": {"like": "llada-8b-instruct", "colour": "red"}}', "has a field 'colour'"),
    ):
        own.write_text(text)
        catalog_module_clear()
        with pytest.raises(PlaygroundError, match=said) as caught:
            find("mine")
        assert str(tmp_path) not in str(caught.value)
    catalog_module_clear()


def catalog_module_clear():
    from playground.catalog import catalog as module

    module._catalog.cache_clear()


def test_a_weight_that_is_no_number_is_refused(copy):
    folder = copy("llada-8b")
    resave(folder, lambda held: {key: value * float("nan") for key, value in held.items()})
    with pytest.raises(CheckpointError, match="it computes no numbers"):
        load("llada-8b-instruct", folder)


def test_messages_call_a_published_model_by_its_title(copy):
    folder = copy("llada-8b")
    (folder / "model.safetensors").unlink()
    with pytest.raises(CheckpointError, match=r"The model LLaDA 8B Instruct is missing or incomplete\. Fetch it again"):
        load("llada-8b-instruct", folder)


@pytest.mark.parametrize("field", ["rope_theta", "rms_norm_eps"])
def test_illadas_rotary_base_and_epsilon_must_stand_in_its_config(copy, field, capsys):
    """No source tells iLLaDA's. Where they are missing a stock config would take Llama's."""
    folder = copy("llada-8b")
    assert check("illada-8b", folder, "--expect", folder / "expected.npz") == 0
    raw = json.loads((folder / "config.json").read_text())
    del raw[field]
    (folder / "config.json").write_text(json.dumps(raw))
    assert check("illada-8b", folder, "--expect", folder / "expected.npz") == 2
    assert f"{field} = nothing, and the record says a number" in capsys.readouterr().err


@pytest.mark.parametrize(
    "change_of, said",
    [
        (lambda held: {"input_ids": held["input_ids"] + 200}, "and the model has ids from 0 to 255"),
        (lambda held: {"input_ids": held["input_ids"] * 0 - 200}, "input_ids holds the id -200"),
        (lambda held: {"input_ids": held["input_ids"] + 0.5}, "input_ids must hold token ids"),
        (lambda held: {"input_ids": held["input_ids"][0]}, "input_ids must hold token ids"),
        (lambda held: {"input_ids": held["input_ids"][:, :0]}, "input_ids must hold token ids"),
        (lambda held: {"logits": held["logits"][0]}, "logits must hold numbers"),
        (lambda held: {"logits": np.array([[["a"]]])}, "logits must hold numbers"),
        (lambda held: {"block_size": np.array([4, 4])}, "block_size must hold one whole number"),
        (lambda held: {"block_size": np.array(0)}, "block_size must hold one whole number"),
    ],
)
def test_arrays_that_do_not_belong_to_a_model_are_a_sentence(tmp_path, change_of, said, capsys):
    with np.load(PARITY / "sdar" / "expected.npz") as file:
        held = {name: file[name] for name in file.files}
    np.savez(tmp_path / "other.npz", **{**held, **change_of(held)})
    assert check("sdar-4b-chat", PARITY / "sdar", "--expect", tmp_path / "other.npz") == 2
    heard = capsys.readouterr().err
    assert said in heard and "Traceback" not in heard


def test_logits_of_another_number_of_rows_do_not_fit(tmp_path, capsys):
    with np.load(PARITY / "sdar" / "expected.npz") as file:
        np.savez(tmp_path / "other.npz", input_ids=np.repeat(file["input_ids"], 2, axis=0), logits=file["logits"])
    assert check("sdar-4b-chat", PARITY / "sdar", "--expect", tmp_path / "other.npz") == 1
    assert "of another shape" in capsys.readouterr().out


@pytest.mark.parametrize(
    "fields, said",
    [
        ({"layer_types": ["full_attention", "a"]}, "layer_types"),
        ({"layer_types": 5}, "layer_types = 5"),
        ({"architectures": 5}, "architectures = 5"),
        ({"architectures": "DreamModel"}, "architectures = DreamModel"),
        ({"rope_parameters": 5}, "rope_scaling = 5"),
        ({"num_attention_heads": 0}, "do not fit its config"),
    ],
)
def test_a_config_of_nonsense_is_a_sentence(copy, fields, said, capsys):
    folder = copy("sdar")
    change(folder, **fields)
    assert check("sdar-4b-chat", folder, "--expect", folder / "expected.npz") == 2
    heard = capsys.readouterr().err
    assert said in heard and "Traceback" not in heard


@pytest.mark.parametrize("first, code", [(0, 0), (8, 0), (20, 0), (9, 1)])
def test_cached_logits_may_be_of_any_block(first, code, tmp_path, capsys):
    with np.load(PARITY / "sdar" / "expected.npz") as file:
        part = file["logits"][:, first : first + 4]
        np.savez(tmp_path / "part.npz", input_ids=file["input_ids"], logits_cached_block=part)
    assert check("sdar-4b-chat", PARITY / "sdar", "--expect", tmp_path / "part.npz") == code
    assert "logits_cached_block, block by block after a cache" in capsys.readouterr().out


def test_a_causal_prefix_is_compared_under_the_samplers_own_grid(tmp_path, monkeypatch, capsys):
    """Nemotron's finished text is read as by an AR model; a block is open only while it is written."""
    from transformers import Ministral3Config, Ministral3ForCausalLM

    sizes = {"vocab_size": 256, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2}
    sizes |= {"num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8, "max_position_embeddings": 128}
    torch.manual_seed(0)
    ids = {"bos_token_id": None, "eos_token_id": None, "pad_token_id": None}
    model = Ministral3ForCausalLM(Ministral3Config(**sizes, **ids)).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.mul_(1 if "norm" in name else 8)
    held = {
        name.replace("model.", "encoder.").replace("lm_head", "diffusion_head"): one
        for name, one in model.state_dict().items()
    }
    save_file(
        {name: one.clone() for name, one in held.items()}, tmp_path / "model.safetensors", metadata={"format": "pt"}
    )
    named = {"model_type": "nemotron_labs_diffusion", "architectures": ["NemotronLabsDiffusionModel"], "block_size": 4}
    (tmp_path / "config.json").write_text(json.dumps({**sizes, **named}))
    tokens = torch.randint(3, 240, (1, 14), generator=torch.Generator().manual_seed(1))
    open_block = torch.ones(14, 14, dtype=torch.bool).tril()
    open_block[4:8, 4:8] = True
    decoder = Decoder(model)
    with torch.inference_mode():
        whole = model(input_ids=tokens).logits
        second = decoder.logits(decoder.hidden(tokens, mask=open_block))[:, 4:8]
    np.savez(tmp_path / "x.npz", input_ids=tokens.numpy(), logits=whole.numpy(), logits_cached_block=second.numpy())
    code = check("nemotron-labs-diffusion-3b", tmp_path, "--expect", tmp_path / "x.npz")
    assert code == 0, capsys.readouterr()
