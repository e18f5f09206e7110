"""Proves how a model of encoder and canvas attends (DiffusionGemma). A wrong attention mask raises no error of its own."""

from __future__ import annotations

from typing import Any

import torch
from transformers import DynamicCache

from playground.decoders.direction import LENGTH, WrongAttention, follows

PROMPT, CANVAS = slice(0, LENGTH), slice(LENGTH, None)  # of the test text
LAST = -1  # its last position
# (must the position see the change, positions that change, position that looks, what is wrong if not)
PROOFS = (
    (False, slice(1, LENGTH), 0, "an encoder that is not causal"),
    (True, slice(0, LENGTH - 1), LENGTH - 1, "an encoder that is blind to the left"),
    (True, PROMPT, LENGTH, "a canvas that is blind to the prompt"),
    (True, slice(LENGTH + 1, None), LENGTH, "a causal canvas"),
    (True, slice(LENGTH, LAST), LAST, "a canvas that is blind to the left"),
)


@torch.inference_mode()
def prove_canvas_direction(model: Any) -> None:
    """Change some tokens and see which hidden states follow. Raises WrongAttention, or ValueError if the model computes
    no numbers.

    The encoder must read the prompt from left to right. The canvas must see all of the prompt and all of itself.
    model: a DiffusionGemmaForBlockDiffusion.
    """
    vocabulary = model.config.get_text_config().vocab_size
    ids = torch.arange(10, 10 + LENGTH + model.config.canvas_length, device=model.device) % vocabulary
    before = _hidden(model, ids)
    for sees, changed, at, wrong in PROOFS:
        other = ids.clone()
        other[changed] = (other[changed] + 32) % vocabulary
        if follows(before[at], _hidden(model, other)[at]) != sees:
            raise WrongAttention(wrong)


def _hidden(model: Any, ids: torch.Tensor) -> torch.Tensor:
    """Hidden states of prompt and canvas, float [size, hidden]. ids: int64 [size]."""
    cache = DynamicCache(config=model.config.get_text_config())
    seen = model.model(input_ids=ids[None, PROMPT], decoder_input_ids=ids[None, CANVAS], past_key_values=cache)
    return torch.cat([seen.encoder_last_hidden_state[0], seen.last_hidden_state[0]])
