"""A DiffusionGemma of random weights: the real class and config with two layers, and a canvas of eight tokens."""

from __future__ import annotations

import torch

from playground.catalog.catalog import find
from playground.catalog.layouts import layout
from playground.decoders.checkpoint import Checkpoint
from playground.decoders.special_ids import SpecialIds

CANVAS, END = 8, 1
RECORD = find("diffusiongemma-26b-a4b")


def config(vocabulary: int):
    import transformers

    text = transformers.DiffusionGemmaTextConfig(
        vocab_size=vocabulary,
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=16,
        global_head_dim=16,
        num_global_key_value_heads=1,
        layer_types=["sliding_attention", "full_attention"],
        sliding_window=8,  # shorter than a prompt, so that it is felt
        num_experts=4,
        top_k_experts=2,
        moe_intermediate_size=16,
        max_position_embeddings=256,
        initializer_range=0.3,  # large enough that attention is felt
    )
    vision = transformers.Gemma4VisionConfig(
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=1,
        num_attention_heads=1,
        num_key_value_heads=1,
        head_dim=16,
    )
    above = {"boi_token_id": vocabulary, "eoi_token_id": vocabulary, "image_token_id": vocabulary}
    return transformers.DiffusionGemmaConfig(text_config=text, vision_config=vision, canvas_length=CANVAS, **above)


def tiny_gemma(tokenizer, *more_ends: int, certain: float = 1.0) -> Checkpoint:
    """certain: factor of the head's logits; a large one makes the model sure of its guesses."""
    import transformers

    torch.manual_seed(4)
    model = getattr(transformers, layout(RECORD.layout).model_class)(config(len(tokenizer)))
    if certain != 1.0:
        model.lm_head.weight = torch.nn.Parameter(model.lm_head.weight.detach() * certain)
    special = SpecialIds(tokenizer.eos_token_id, None, more_ends)
    return Checkpoint("tiny-gemma", model.eval().requires_grad_(False), tokenizer, special, "9e" * 8, {})
