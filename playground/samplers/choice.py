"""How one token a position is chosen from logits, on the device."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import torch
from transformers import TopKLogitsWarper, TopPLogitsWarper

RUNNERS_UP = 4


PIECE = 32


BARRED = -1e4  # nats; finite, so that p * log p is a number, and far below what the highest noise can lift


@dataclass(frozen=True)
class Choice:
    """Tokens chosen at n positions, on the device: ids int64 [n], probability and entropy float32 [n], best_ids int64 [n, k],
    best_probability float32 [n, k], log_p float32 [n, vocabulary], far below -1,000 for barred ids; swayed bool [n] where guidance
    was asked for: whether it changed the likeliest."""

    ids: torch.Tensor
    probability: torch.Tensor
    entropy: torch.Tensor
    best_ids: torch.Tensor
    best_probability: torch.Tensor
    log_p: torch.Tensor
    swayed: torch.Tensor | None = None

    def probability_of(self, ids: torch.Tensor) -> torch.Tensor:
        """The model's own probability of ids int64 [n], float32 [n]."""
        return self.log_p.gather(-1, ids[:, None]).squeeze(-1).exp()


def on_device(values: Sequence[int], device: torch.device) -> torch.Tensor:
    """int64 [n] on the device. A GPU fetches it while the host goes on: a copy from ordinary memory would wait for all that is
    queued there."""
    held = torch.tensor(values, dtype=torch.long, pin_memory=device.type == "cuda")
    return held.to(device, non_blocking=True)


@lru_cache(maxsize=64)
def kept_on(device: torch.device, *ids: int) -> torch.Tensor:
    """The few ids that every pass asks for, sent once."""
    return torch.tensor(ids, dtype=torch.long, device=device)


def choose(
    logits: torch.Tensor,
    barred: list[int],
    temperature: float,
    generator: torch.Generator,
    top_p: float = 1.0,
    top_k: int = 0,
) -> Choice:
    """Choose one token per row of logits [n, vocabulary]; barred ids cannot be chosen.

    At temperature 0 the most probable; else by the Gumbel-max trick as LLaDA writes it, exp(logits) / (-log u)^T
    (2502.09992, its generate.py), in the log domain and float32, from the likeliest that ``top_k`` and ``top_p`` leave.
    ``probability`` is the model's own at temperature 1, of all tokens.
    """
    logits = logits.float().index_fill_(1, kept_on(logits.device, *barred), BARRED)
    log_p = torch.log_softmax(logits, dim=-1)
    p = log_p.exp()
    entropy = -torch.linalg.vecdot(p, log_p)
    best_probability, best_ids = highest_of(p, min(RUNNERS_UP, p.shape[-1]))
    if temperature > 0:
        ids = gumbel_argmax(likeliest(log_p, temperature, top_p, top_k), temperature, generator)
        probability = p.gather(-1, ids[:, None]).squeeze(-1)
    else:
        ids, probability = best_ids[:, 0], best_probability[:, 0]
    return Choice(ids, probability, entropy, best_ids, best_probability, log_p)


def likeliest(log_p: torch.Tensor, temperature: float, top_p: float, top_k: int) -> torch.Tensor:
    """log_p [n, vocabulary], -inf at what cannot be drawn: all but the ``top_k`` likeliest (0 for no such limit), and of
    softmax(log_p / temperature) all but the smallest set of the likeliest that holds ``top_p`` of it (nucleus sampling,
    1904.09751). In this order, as transformers' generate."""
    if top_k:
        log_p = TopKLogitsWarper(top_k)(None, log_p)
    if top_p < 1:
        log_p = log_p.where(TopPLogitsWarper(top_p)(None, log_p / temperature).isfinite(), -torch.inf)
    return log_p


def gumbel_argmax(log_p: torch.Tensor, temperature: float, generator: torch.Generator) -> torch.Tensor:
    """One draw per row of log_p [n, width] from softmax(log_p / temperature): the argmax of log_p + T * Gumbel noise. int64 [n].

    -log u is an exponential draw; torch's own ``exponential_`` takes six times as long on a CPU.
    """
    noise = torch.empty_like(log_p).uniform_(generator=generator).log_().neg_()
    noise.clamp_min_(torch.finfo(noise.dtype).tiny)  # a draw of 0 would lift even a barred id
    return (log_p - temperature * noise.log()).argmax(-1)


def highest_of(p: torch.Tensor, k: int) -> tuple[torch.Tensor, torch.Tensor]:
    """topk of float [n, width] along the last axis, in a quarter of its time on a CPU: the k highest values lie in the k pieces
    with the highest maxima. (values, indices), both [n, k]."""
    rows, width = p.shape
    if width % PIECE or width < 4 * k * PIECE:
        return p.topk(k, dim=-1)
    pieces = p.view(rows, width // PIECE, PIECE)
    where = pieces.amax(-1).topk(k, dim=-1).indices  # [n, k]
    candidates = pieces.gather(1, where[:, :, None].expand(rows, k, PIECE)).flatten(1)  # [n, k * PIECE]
    values, at = candidates.topk(k, dim=-1)
    return values, where.gather(1, at // PIECE) * PIECE + at % PIECE
