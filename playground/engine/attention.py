"""What a model looked at: attention of one position over all others, mean over heads and layers.

Fast attention kernels never form these weights, so the stock class runs one pass with its plain ("eager") attention, apart from
any race. A mean over heads and layers is a summary: it shows where information came from, not why a token was chosen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch

from playground.request.fields import RequestError

if TYPE_CHECKING:
    from transformers import PreTrainedModel


def check(kind: str, ids: object, position: object, room: int, vocabulary: int) -> tuple[str, list[int], int]:
    """The values as they must be. kind: of the model; room: positions that it takes. Raises RequestError with a sentence."""
    if not isinstance(ids, (list, tuple)) or not 1 <= len(ids) <= room:
        raise RequestError(f"The canvas to look at must be a list of 1 to {room} tokens.")
    if any(isinstance(token, bool) or not isinstance(token, int) or not 0 <= token < vocabulary for token in ids):
        raise RequestError("The canvas holds tokens that these models do not have. Open the run with its own models.")
    first = 1 if kind == "ar" else 0  # nothing stands left of the very first token
    if isinstance(position, bool) or not isinstance(position, int) or not first <= position < len(ids):
        raise RequestError(f"The position must lie between {first} and {len(ids) - 1}.")
    return kind, list(ids), position


@torch.inference_mode()
def attention(model: PreTrainedModel, kind: str, ids: Sequence[int], position: int) -> list[float]:
    """Weights over all positions, which sum to 1, of the pass that chose the token at ``position``.

    A diffusion model looks from the position itself at the whole canvas. An AR model reads only what stands left of the
    position and looks from the last token there, which is the one that writes the next.
    """
    read = list(ids[:position]) if kind == "ar" else list(ids)
    device = next(model.parameters()).device
    usual = model.config._attn_implementation
    model.set_attn_implementation("eager")
    try:
        made = model.get_submodule("model")(
            input_ids=torch.tensor([read], device=device), use_cache=False, output_attentions=True
        ).attentions
    finally:
        model.set_attn_implementation(usual)
    asks = position - 1 if kind == "ar" else position
    mean = torch.stack([layer[0, :, asks].float().mean(0) for layer in made]).mean(0)
    return [*mean.tolist(), *[0.0] * (len(ids) - len(read))]
