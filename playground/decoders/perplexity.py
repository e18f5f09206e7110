"""Perplexity and surprise of text under a causal model: one forward pass."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch


def perplexity(model: torch.nn.Module, ids: Sequence[int], start: int = 1) -> float | None:
    """exp of the mean negative log-likelihood in nats of ids[start:] given all before; None for nothing to score."""
    start = max(start, 1)
    return None if len(ids) <= start else math.exp(nats(model, ids, start) / (len(ids) - start))


@torch.inference_mode()
def nats(model: torch.nn.Module, ids: Sequence[int], start: int = 1) -> float:
    """Negative log-likelihood of ids[start:] given all before, in sum; 0 for nothing to score. start: from 1 on."""
    if len(ids) <= start:
        return 0.0
    device = next(model.parameters()).device
    sequence = torch.tensor(ids, device=device)
    hidden = model.get_submodule("model")(sequence[None], use_cache=False).last_hidden_state[0, start - 1 : -1]
    log_p = torch.log_softmax(model.get_submodule("lm_head")(hidden).float(), dim=-1)
    return -log_p.gather(-1, sequence[start:, None]).sum().item()
