"""Commit rules: which open positions become tokens in this pass. Each scores the candidates; the highest are committed."""
from __future__ import annotations

from typing import Callable

import torch

from playground.passes import Choice

CommitRule = Callable[[Choice, torch.Generator], torch.Tensor]


def by_confidence(choice: Choice, generator: torch.Generator) -> torch.Tensor:
    """LLaDA's low-confidence remasking (2502.09992, alg. 5): keep what the model is surest of. Scores float [n]."""
    return choice.probability


def at_random(choice: Choice, generator: torch.Generator) -> torch.Tensor:
    """LLaDA's random remasking (2502.09992, alg. 4): any open position is as good as another. Scores float [n]."""
    return torch.rand(choice.probability.shape, generator=generator, device=choice.probability.device)


RULES: dict[str, CommitRule] = {"confidence": by_confidence, "random": at_random}


def highest(scores: torch.Tensor, count: int) -> torch.Tensor:
    """Bool [n], true at the ``count`` highest scores."""
    chosen = torch.zeros_like(scores, dtype=torch.bool)
    chosen[scores.topk(min(count, len(scores))).indices] = True
    return chosen
