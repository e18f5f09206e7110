"""What one forward pass decided, in numbers; the common output of both samplers. No text, no page."""
from __future__ import annotations

from dataclasses import dataclass

import torch

RUNNERS_UP = 4


@dataclass(frozen=True)
class SpecialIds:
    """Ids a sampler must know. mask is None for a model that has none."""

    end: int
    mask: int | None


@dataclass(frozen=True)
class Guess:
    """The model's choice at one position: token id, its probability, the distribution's entropy in nats, and the best
    ids with their probabilities, best first."""

    position: int
    id: int
    probability: float
    entropy: float
    best: tuple[tuple[int, float], ...]
    committed: bool


@dataclass(frozen=True)
class Pass:
    """One forward pass. i = 0 is the start: no pass, no guesses, ms = 0.

    ids: the whole sequence after the pass, prompt included (open positions hold the mask); open: positions not yet
    settled; last: whether the lane ends here.
    """

    i: int
    ms: float
    ids: tuple[int, ...]
    guesses: tuple[Guess, ...]
    open: frozenset[int]
    last: bool


@dataclass(frozen=True)
class Choice:
    """Tokens chosen at n positions, on the device: ids int64 [n], probability and entropy float32 [n],
    best_ids int64 [n, k], best_probability float32 [n, k]."""

    ids: torch.Tensor
    probability: torch.Tensor
    entropy: torch.Tensor
    best_ids: torch.Tensor
    best_probability: torch.Tensor

    def rows(self, committed: torch.Tensor) -> list[list[float]]:
        """Everything a pass tells the host, in one copy; float32 holds ids below 2**24 exactly."""
        columns = [self.ids, self.probability, self.entropy, committed]
        packed = torch.stack([c.float() for c in columns], dim=1)
        return torch.cat([packed, self.best_ids.float(), self.best_probability], dim=1).tolist()


def guess_from_row(position: int, row: list[float]) -> Guess:
    """Read one row of ``Choice.rows``."""
    k = (len(row) - 4) // 2
    best = tuple((int(i), p) for i, p in zip(row[4 : 4 + k], row[4 + k :]))
    return Guess(position, int(row[0]), min(row[1], 1.0), max(row[2], 0.0), best, bool(row[3]))


def choose(
    logits: torch.Tensor, barred: list[int], temperature: float, generator: torch.Generator
) -> Choice:
    """Choose one token per row of logits [n, vocabulary]; barred ids cannot be chosen.

    At temperature 0 the most probable; else by the Gumbel-max trick as LLaDA writes it, exp(logits) / (-log u)^T
    (2502.09992, its generate.py), in the log domain and float32. ``probability`` is the model's own at temperature 1.
    """
    logits = logits.float()
    logits[:, barred] = -torch.inf
    log_p = torch.log_softmax(logits, dim=-1)
    p = log_p.exp()
    entropy = -(p * log_p.clamp_min(-1e4)).sum(-1)
    best_probability, best_ids = p.topk(min(RUNNERS_UP, p.shape[-1]), dim=-1)
    if temperature > 0:
        noise = torch.empty_like(log_p).exponential_(generator=generator)
        noise.clamp_min_(torch.finfo(noise.dtype).tiny)  # a draw of 0 would lift even a barred id
        ids = (log_p - temperature * noise.log()).argmax(-1)
        probability = p.gather(-1, ids[:, None]).squeeze(-1)
    else:
        ids, probability = best_ids[:, 0], best_probability[:, 0]
    return Choice(ids, probability, entropy, best_ids, best_probability)
