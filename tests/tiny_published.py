"""Tiny random checkpoints in the layouts of published models, with tokenizers, and a host's catalog that names them.

``Cast(folder)`` writes them when they are asked for: ``cast.folder("llada")``. Weights are random, so their text is nonsense;
everything else is as in the published files, scaled down: the head is wider than the vocabulary, config.json names classes
that transformers does not have, and no tokenizer names a mask.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import transformers
from safetensors.torch import save_file

import small_tokenizers

VOCABULARY = 448  # of the head; the tokenizers have fewer
LLAMA = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}
SIZES = {**LLAMA, "num_key_value_heads": 2, "vocab_size": VOCABULARY, "max_position_embeddings": 512}
QWEN3 = {**SIZES, "head_dim": 16, "rope_theta": 1000000, "rms_norm_eps": 1e-6}
QWEN2 = {**SIZES, "rope_theta": 1000000.0, "rms_norm_eps": 1e-6}
BACK = (  # stock names -> LLaDA's
    (r"^model\.embed_tokens", "model.transformer.wte"),
    (r"^model\.norm", "model.transformer.ln_f"),
    (r"^lm_head", "model.transformer.ff_out"),
    (r"^model\.layers", "model.transformer.blocks"),
    ("input_layernorm", "attn_norm"),
    ("post_attention_layernorm", "ff_norm"),
    (r"self_attn\.o_proj", "attn_out"),
    (r"self_attn\.", ""),
    (r"mlp\.gate_proj", "ff_proj"),
    (r"mlp\.up_proj", "up_proj"),
    (r"mlp\.down_proj", "ff_out"),
)


def weights(model_class: str, config_class: str, seed: int, **config: Any) -> dict[str, torch.Tensor]:
    """Random weights of a stock class, large enough that its choices are clear."""
    torch.manual_seed(seed)
    ids = {"bos_token_id": None, "eos_token_id": None, "pad_token_id": None}
    model = getattr(transformers, model_class)(getattr(transformers, config_class)(**config, **ids))
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "norm" not in name:
                parameter.mul_(8)
    return {name: tensor.clone() for name, tensor in model.state_dict().items()}


def write(folder: Path, tensors: dict[str, torch.Tensor], config: dict[str, Any]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "config.json").write_text(json.dumps({"torch_dtype": "bfloat16", **config}))
    return folder


def llada(folder: Path) -> Path:
    small_tokenizers.llada(folder)
    stock = {**SIZES, "num_key_value_heads": 4, "rope_theta": 500000.0, "rms_norm_eps": 1e-5}
    tensors = {}
    for name, tensor in weights("LlamaForCausalLM", "LlamaConfig", 1, **stock, tie_word_embeddings=False).items():
        own_name = name
        for pattern, replacement in BACK:
            own_name = re.sub(pattern, replacement, own_name)
        tensors[own_name] = tensor
    own = {
        "architectures": ["LLaDAModelLM"],
        "auto_map": {"AutoConfig": "configuration_llada.LLaDAConfig", "AutoModel": "modeling_llada.LLaDAModelLM"},
        "model_type": "llada",
        "block_type": "llama",
        "activation_type": "silu",
        "rope": True,
        "layer_norm_type": "rms",
        "alibi": False,
        "include_bias": False,
        "include_qkv_bias": False,
        "d_model": 32,
        "n_layers": 2,
        "n_heads": 4,
        "n_kv_heads": 4,
        "mlp_hidden_size": 64,
        "embedding_size": VOCABULARY,
        "vocab_size": VOCABULARY,
        "max_sequence_length": 512,
        "rope_theta": 500000.0,
        "rms_norm_eps": 1e-5,
        "weight_tying": False,
        "mask_token_id": 389,
    }
    return write(folder, tensors, own)


def llama3(folder: Path) -> Path:
    small_tokenizers.llama3(folder)
    config = {**SIZES, "rope_theta": 500000.0, "rms_norm_eps": 1e-5, "tie_word_embeddings": False}
    tensors = weights("LlamaForCausalLM", "LlamaConfig", 2, **config)
    return write(folder, tensors, {**config, "architectures": ["LlamaForCausalLM"], "model_type": "llama"})


def dream(folder: Path) -> Path:
    small_tokenizers.qwen(folder, mask=True)
    config = {**QWEN2, "tie_word_embeddings": False}
    own = {"architectures": ["DreamModel"], "model_type": "Dream", "hidden_act": "silu", "use_sliding_window": False}
    return write(folder, weights("Qwen2ForCausalLM", "Qwen2Config", 3, **config), {**config, **own})


def qwen2(folder: Path) -> Path:
    small_tokenizers.qwen(folder)
    config = {**QWEN2, "tie_word_embeddings": False}
    own = {"architectures": ["Qwen2ForCausalLM"], "model_type": "qwen2", "use_sliding_window": False}
    return write(folder, weights("Qwen2ForCausalLM", "Qwen2Config", 4, **config), {**config, **own})


def sdar(folder: Path) -> Path:
    small_tokenizers.qwen(folder, mask=True)
    config = {**QWEN3, "tie_word_embeddings": False}
    own = {"architectures": ["SDARForCausalLM"], "model_type": "sdar", "hidden_act": "silu", "block_size": 4}
    return write(folder, weights("Qwen3ForCausalLM", "Qwen3Config", 5, **config), {**config, **own})


def qwen3(folder: Path) -> Path:
    small_tokenizers.qwen(folder)
    config = {**QWEN3, "tie_word_embeddings": True}
    own = {"architectures": ["Qwen3ForCausalLM"], "model_type": "qwen3", "hidden_act": "silu"}
    tensors = weights("Qwen3ForCausalLM", "Qwen3Config", 6, **config)
    return write(folder, tensors, {**config, **own})


def bd3lm(folder: Path) -> Path:
    small_tokenizers.qwen(folder, mask=True)
    config = {**QWEN3, "tie_word_embeddings": True}
    own = {"architectures": ["A2DQwen3LMHeadModel"], "model_type": "a2d-qwen3", "hidden_act": "silu"}
    return write(folder, weights("Qwen3ForCausalLM", "Qwen3Config", 7, **config), {**config, **own})


def fast_dllm(folder: Path) -> Path:
    small_tokenizers.qwen(folder, mask=True)
    config = {**QWEN2, "tie_word_embeddings": True}
    own = {"architectures": ["Fast_dLLM_QwenForCausalLM"], "model_type": "Fast_dLLM_Qwen", "hidden_act": "silu"}
    return write(folder, weights("Qwen2ForCausalLM", "Qwen2Config", 8, **config), {**config, **own})


def modernbert(folder: Path) -> Path:
    small_tokenizers.modernbert(folder)
    config = {
        **LLAMA,
        "num_hidden_layers": 3,
        "vocab_size": VOCABULARY,
        "max_position_embeddings": 512,
        "norm_eps": 1e-5,
        "local_attention": 16,
    }
    ids = {"cls_token_id": 385, "sep_token_id": 386}
    tensors = weights("ModernBertForMaskedLM", "ModernBertConfig", 9, **config, **ids)
    own = {"architectures": ["ModernBertForMaskedLM"], "model_type": "modernbert", "hidden_activation": "gelu", **ids}
    own |= {"position_embedding_type": "absolute", "global_attn_every_n_layers": 3}
    return write(folder, tensors, {**config, **own})


MAKERS: dict[str, Callable[[Path], Path]] = {
    "llada": llada,
    "llama3": llama3,
    "dream": dream,
    "qwen2": qwen2,
    "sdar": sdar,
    "qwen3": qwen3,
    "bd3lm": bd3lm,
    "fast-dllm": fast_dllm,
    "modernbert": modernbert,
}
HEADS = {"d_model": 32, "n_layers": 2, "n_heads": 4, "n_kv_heads": 4, "mlp_hidden_size": 64}
RECORDS: dict[str, dict[str, Any]] = {  # key of a checkpoint -> how its record differs from the published one's
    "llada": {
        "like": "llada-8b-instruct",
        "mask": "<|mdm_mask|>",
        "ends": ["<|endoftext|>", "<|eot_id|>"],
        "config": {**HEADS, "embedding_size": VOCABULARY, "rope_theta": 500000.0, "rms_norm_eps": 1e-5},
        "partner": "tiny-llama3",
    },
    "llama3": {"like": "llama3-8b-instruct", "config": {**SIZES, "rope_theta": 500000.0}, "partner": "tiny-llada"},
    "dream": {"like": "dream-7b-instruct", "config": QWEN2, "partner": "tiny-qwen2"},
    "qwen2": {"like": "qwen2.5-7b-instruct", "config": QWEN2, "partner": "tiny-dream"},
    "sdar": {"like": "sdar-1.7b-chat", "config": QWEN3, "partner": "tiny-qwen3"},
    "qwen3": {"like": "qwen3-0.6b", "config": QWEN3, "partner": "tiny-sdar"},
    "bd3lm": {"like": "qwen3-0.6b-diffusion-bd3lm", "config": QWEN3, "partner": "tiny-qwen3", "block": 8},
    "fast-dllm": {"like": "fast-dllm-v2-1.5b", "config": QWEN2, "partner": "tiny-qwen2", "block": 8},
    "modernbert": {"like": "modernbert-base-chat", "config": {}},
}
QWEN_IDS = {"mask": "<|MASK|>", "ends": ["<|im_end|>", "<|endoftext|>"]}


class Cast:
    """Checkpoints in a folder, and the catalog that names them: ``tiny-llada`` and so on."""

    def __init__(self, root: Path, *names: str) -> None:
        self.root, self.catalog = root, root / "catalog.json"
        records = {}
        for name in names:
            MAKERS[name](root / name)
            own = {**RECORDS[name], "folder": str(root / name), "repo": None, "context": 256, "parameters": None}
            if MAKERS[name] in (dream, sdar, bd3lm, fast_dllm):
                own |= QWEN_IDS
            elif MAKERS[name] in (qwen2, qwen3):
                own |= {"ends": QWEN_IDS["ends"]}
            records[f"tiny-{name}"] = {**own, "title": f"Tiny {name}", "bytes": None}
        self.catalog.write_text(json.dumps(records))

    def folder(self, name: str) -> Path:
        return self.root / name
