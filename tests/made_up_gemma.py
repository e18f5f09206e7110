"""A DiffusionGemma of random weights for tests: the real class and config, with two layers and a canvas of eight tokens.
Tests that import this are skipped where transformers is too old to have the class."""

from __future__ import annotations

import pytest
import torch
import transformers

from playground.catalog.catalog import find
from playground.decoders.checkpoint import Checkpoint
from playground.decoders.evaluation import Evaluation
from playground.decoders.special_ids import SpecialIds

if not hasattr(transformers, "DiffusionGemmaForBlockDiffusion"):
    pytest.skip("this transformers has no DiffusionGemma", allow_module_level=True)

CANVAS = 8
RECORD = find("diffusiongemma-26b-a4b")
DECIDED = {"entropy_bound": 4.0, "confidence": 1.0}  # settings with which random weights settle tokens and end early
FLAT = {"head_dim": 16, "num_attention_heads": 2, "num_key_value_heads": 1}


def tiny_config(vocabulary: int) -> transformers.DiffusionGemmaConfig:
    text = transformers.DiffusionGemmaTextConfig(
        vocab_size=vocabulary,
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        **FLAT,
        global_head_dim=16,
        num_global_key_value_heads=1,
        layer_types=["sliding_attention", "full_attention"],
        sliding_window=8,  # shorter than prompt and canvas, so that it counts
        num_experts=4,
        top_k_experts=2,
        moe_intermediate_size=16,
        max_position_embeddings=256,
        initializer_range=0.3,  # large enough that attention counts
    )
    eyes = transformers.Gemma4VisionConfig(hidden_size=16, intermediate_size=16, num_hidden_layers=1, **FLAT)
    pictures = dict.fromkeys(("boi_token_id", "eoi_token_id", "image_token_id"), vocabulary)  # ids that no text has
    return transformers.DiffusionGemmaConfig(text_config=text, vision_config=eyes, canvas_length=CANVAS, **pictures)


def tiny_gemma(tokenizer, sure: float = 40.0) -> Checkpoint:
    """sure: factor of the head's weights; at 1 the model finds all tokens about equally likely."""
    torch.manual_seed(4)
    model = transformers.DiffusionGemmaForBlockDiffusion(tiny_config(len(tokenizer)))
    if sure != 1:
        model.lm_head.weight = torch.nn.Parameter(model.lm_head.weight.detach() * sure)
    special = SpecialIds(tokenizer.eos_token_id, None)
    return Checkpoint("tiny-gemma", model.eval().requires_grad_(False), tokenizer, special, "9e" * 8, Evaluation())
