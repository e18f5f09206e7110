"""Chooses one token per position from logits, on the device."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from transformers import TopKLogitsWarper, TopPLogitsWarper

RUNNERS_UP = 4  # likeliest tokens that are recorded for each position


PIECE = 32  # width of the pieces into which ``highest_of`` cuts a row


BARRED = -1e4  # logit of a barred id: finite, so that p * log p is a number, and too low for any Gumbel noise to lift


@dataclass(frozen=True)
class Choice:
    """Tokens chosen at n positions, with the model's distributions, on the device."""

    ids: torch.Tensor  # int64 [n], the chosen tokens
    probability: torch.Tensor  # float32 [n], the model's probability of the chosen token
    entropy: torch.Tensor  # float32 [n], of the distribution, in nats
    best_ids: torch.Tensor  # int64 [n, k], the likeliest tokens, best first
    best_probability: torch.Tensor  # float32 [n, k]
    log_p: torch.Tensor  # float32 [n, vocabulary], far below -1,000 for barred ids
    swayed: torch.Tensor | None = None  # bool [n], whether guidance changed the likeliest token; None without guidance

    def probability_of(self, ids: torch.Tensor) -> torch.Tensor:
        """The model's probability of ids int64 [n] at the n positions, float32 [n]."""
        return self.log_p.gather(-1, ids[:, None]).squeeze(-1).exp()


def on_device(values: Sequence[int], device: torch.device) -> torch.Tensor:
    """The values as int64 [n] on the device. On a GPU the copy is asynchronous: one from memory that is not pinned
    would wait until the GPU has finished all queued work."""
    held = torch.tensor(values, dtype=torch.long, pin_memory=device.type == "cuda")
    return held.to(device, non_blocking=True)


def choose(
    logits: torch.Tensor,
    barred: torch.Tensor,
    temperature: float,
    generator: torch.Generator,
    top_p: float = 1.0,
    top_k: int = 0,
) -> Choice:
    """Choose one token per row of logits [n, vocabulary]. Ids that are ``barred``, int64 [k], are never chosen.

    At temperature 0 this is the likeliest token. Otherwise it is drawn from the tokens that ``top_k`` and ``top_p``
    leave, by the Gumbel-max trick in the form of LLaDA's generate.py (2502.09992), exp(logits) / (-log u)^T, computed
    in the log domain in float32. ``Choice.probability`` is the model's probability at temperature 1 over all tokens
    that are not barred.
    """
    logits = logits.float().index_fill_(1, barred, BARRED)
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
    """log_p [n, vocabulary] with -inf for every token that must not be drawn.

    First only the ``top_k`` likeliest are kept (0: all). Of these only the smallest set is kept whose probability under
    softmax(log_p / temperature) is at least ``top_p`` (nucleus sampling, 1904.09751). The order is that of
    transformers' ``generate``. However small the temperature, the likeliest token is kept.
    """
    if top_k:
        log_p = TopKLogitsWarper(top_k)(None, log_p)
    if top_p < 1:
        below = log_p - log_p.amax(-1, keepdim=True)  # 0 for the likeliest, so that no division makes it infinite
        sharper = below / max(temperature, torch.finfo(below.dtype).tiny)
        log_p = log_p.where(TopPLogitsWarper(top_p)(None, sharper).isfinite(), -torch.inf)
    return log_p


def gumbel_argmax(log_p: torch.Tensor, temperature: float, generator: torch.Generator) -> torch.Tensor:
    """One draw per row of log_p [n, width] from softmax(log_p / temperature), int64 [n]: argmax of log_p + T * Gumbel
    noise.

    The noise is -log(-log u), with u uniform. torch's ``exponential_``, which would give -log u, takes six times as
    long on a CPU.
    """
    noise = torch.empty_like(log_p).uniform_(generator=generator).log_().neg_()
    noise.clamp_min_(torch.finfo(noise.dtype).tiny)  # a draw of 0 would lift even a barred id
    return (log_p - temperature * noise.log()).argmax(-1)


def highest_of(p: torch.Tensor, k: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The top k of float [n, width] along the last axis: (values, indices), both [n, k].

    On a CPU this takes a quarter of the time of ``topk``. It cuts each row into pieces; the k highest values are all
    within the k pieces with the highest maxima.
    """
    rows, width = p.shape
    if width % PIECE or width < 4 * k * PIECE:
        return p.topk(k, dim=-1)
    pieces = p.view(rows, width // PIECE, PIECE)
    where = pieces.amax(-1).topk(k, dim=-1).indices  # [n, k]
    candidates = pieces.gather(1, where[:, :, None].expand(rows, k, PIECE)).flatten(1)  # [n, k * PIECE]
    values, at = candidates.topk(k, dim=-1)
    return values, where.gather(1, at // PIECE) * PIECE + at % PIECE
