"""The attention weights of one position over all positions, averaged over heads and layers.

Fused attention kernels never store these weights, so the transformers model runs one pass with "eager" attention,
outside any race. The mean over heads and layers is a summary: it shows where information came from, not why the model
chose a token.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch

from playground.decoders.decoder import layers_of
from playground.request.fields import RequestError

if TYPE_CHECKING:
    from transformers import PreTrainedModel


def check(kind: str, ids: object, position: object, room: int, vocabulary: int) -> tuple[str, list[int], int]:
    """The arguments of ``attention``, checked. Raises RequestError with a sentence.

    kind: of the model, "diffusion" or "ar". room: its context in tokens. vocabulary: its number of token ids.
    """
    if not isinstance(ids, (list, tuple)) or not 1 <= len(ids) <= room:
        raise RequestError(f"The canvas to look at must be a list of 1 to {room} tokens.")
    if any(isinstance(token, bool) or not isinstance(token, int) or not 0 <= token < vocabulary for token in ids):
        raise RequestError("The canvas holds tokens that these models do not have. Open the run with its own models.")
    first = 1 if kind == "ar" else 0  # an AR model predicts no first token: it has no context
    if isinstance(position, bool) or not isinstance(position, int) or not first <= position < len(ids):
        raise RequestError(f"The position must lie between {first} and {len(ids) - 1}.")
    return kind, list(ids), position


@torch.inference_mode()
def attention(model: PreTrainedModel, kind: str, ids: Sequence[int], position: int, back: int = 0) -> list[float]:
    """Attention weights of the pass that chose the token at ``position``: one float per position of ``ids``, in sum 1.

    In a diffusion model the query is the position itself, or ``back`` positions before it in a model whose predictions
    are shifted, and it attends to the whole canvas. An AR model reads only
    the tokens before the position; the query is the last of them, because it predicts the next token.
    """
    read = list(ids[:position]) if kind == "ar" else list(ids)
    device = next(model.parameters()).device
    usual = model.config._attn_implementation
    model.set_attn_implementation("eager")
    try:
        made = layers_of(model)(
            input_ids=torch.tensor([read], device=device), use_cache=False, output_attentions=True
        ).attentions
    finally:
        model.set_attn_implementation(usual)
    asks = position - 1 if kind == "ar" else max(0, position - back)
    mean = torch.stack([layer[0, :, asks].float().mean(0) for layer in made]).mean(0)
    return [*mean.tolist(), *[0.0] * (len(ids) - len(read))]
