"""Perplexity, score and negative log-likelihood of a text under a causal model, in one forward pass."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch

from playground.decoders.decoder import layers_of
from playground.metrics.score import Score
from playground.text.templates import TemplateText
from playground.text.token_ids import plain_ids, start_of, text_ids


def perplexity(model: torch.nn.Module, ids: Sequence[int], start: int = 1) -> float | None:
    """The perplexity of ids[start:], each token given all tokens before it. None if there is nothing to score."""
    start = max(start, 1)
    return None if len(ids) <= start else math.exp(nats(model, ids, start) / (len(ids) - start))


def score(
    tokenizer: Any, nats: Callable[[Sequence[int], int], float], given: str, text: str, most: int | None
) -> Score | None:
    """The score of a text after the text before it. None if there is nothing to score, or if both together are longer
    than the model reads. Without anything before it, the first token has no context, so neither it nor its bytes count.

    The text before it begins with what the tokenizer begins a text with, as in the model's training.
    The text before it may name control tokens, because a chat template wrote it; the text itself may not.

    tokenizer: of the model that scores; nats: as ``nats`` below, with that model; most: tokens that it reads, None for
    any number.
    """
    start = start_of(tokenizer)
    given = given if given.startswith(start) else start + given
    before, written = text_ids((TemplateText(given),), tokenizer), plain_ids(text, tokenizer)
    if most is not None and len(before) + len(written) > most:
        return None
    if not before:
        before, written = written[:1], written[1:]
        text = tokenizer.decode(written)
    return Score.of(nats(before + written, len(before)), len(written), text) if written and text else None


@torch.inference_mode()
def nats(model: Any, ids: Sequence[int], start: int = 1) -> float:
    """The negative log-likelihood of ids[start:] in nats, summed, each token given all tokens before it. 0 if there
    is nothing to score. start: at least 1, because the first token has no context."""
    if len(ids) <= start:
        return 0.0
    device = next(model.parameters()).device
    sequence = torch.tensor(ids, device=device)
    hidden = layers_of(model)(sequence[None], use_cache=False).last_hidden_state[0, start - 1 : -1]
    log_p = torch.log_softmax(model.get_output_embeddings()(hidden).float(), dim=-1)
    return -log_p.gather(-1, sequence[start:, None]).sum().item()
