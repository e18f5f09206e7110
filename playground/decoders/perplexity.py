"""Perplexity and negative log-likelihood of a text under a causal model, in one forward pass."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch


def perplexity(model: torch.nn.Module, ids: Sequence[int], start: int = 1) -> float | None:
    """The perplexity of ids[start:], each token given all tokens before it. None if there is nothing to score."""
    start = max(start, 1)
    return None if len(ids) <= start else math.exp(nats(model, ids, start) / (len(ids) - start))


@torch.inference_mode()
def nats(model: torch.nn.Module, ids: Sequence[int], start: int = 1) -> float:
    """The negative log-likelihood of ids[start:] in nats, summed, each token given all tokens before it. 0 if there
    is nothing to score. start: at least 1, because the first token has no context."""
    if len(ids) <= start:
        return 0.0
    device = next(model.parameters()).device
    sequence = torch.tensor(ids, device=device)
    hidden = model.get_submodule("model")(sequence[None], use_cache=False).last_hidden_state[0, start - 1 : -1]
    log_p = torch.log_softmax(model.get_submodule("lm_head")(hidden).float(), dim=-1)
    return -log_p.gather(-1, sequence[start:, None]).sum().item()
