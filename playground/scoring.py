"""Perplexity of text under a causal model: one forward pass."""
from __future__ import annotations

import math
from typing import Sequence

import torch


@torch.inference_mode()
def perplexity(model: torch.nn.Module, ids: Sequence[int], start: int = 1) -> float | None:
    """exp of the mean negative log-likelihood in nats of ids[start:] given all before; None for nothing to score."""
    start = max(start, 1)
    if len(ids) <= start:
        return None
    device = next(model.parameters()).device
    sequence = torch.tensor(ids, device=device)
    hidden = model.model(sequence[None], use_cache=False).last_hidden_state[0, start - 1 : -1]
    log_p = torch.log_softmax(model.lm_head(hidden).float(), dim=-1)
    return math.exp(-log_p.gather(-1, sequence[start:, None]).mean().item())
