"""Checks at load that a fast decoder computes what the stock class computes, for every call that samplers make."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from playground.decoders.decoder import Decoder
from playground.decoders.kv_cache import CanvasCache

TOLERANCE = {torch.float32: 1e-4, torch.bfloat16: 5e-2}  # relative to the largest number; the twins differ by 1e-6


class Unequal(Exception):
    """Two decoders disagree. The message names the call and the error."""


@torch.inference_mode()
def prove(candidate: Decoder, eager: Decoder, length: int = 24, rounds: int = 3) -> None:
    """Raise Unequal unless both decoders give the same hidden states and logits, within TOLERANCE.

    length: positions of the test text. rounds: how often every call of the candidate runs; three, because TorchScript
    specialises itself in the first passes.
    """
    generator = torch.Generator().manual_seed(0)
    ids = torch.randint(eager.vocabulary, (2, length), generator=generator).to(eager.device)
    expected = dict(_uses(eager, ids))
    for _ in range(rounds):
        for name, got in _uses(candidate, ids):
            error = (got.float() - expected[name].float()).abs().max() / expected[name].float().abs().max()
            if not error <= TOLERANCE[eager.dtype]:  # so that NaN fails too
                raise Unequal(f"{name}: off by {error:.1e} of the largest number")


def _uses(decoder: Decoder, ids: torch.Tensor) -> Iterator[tuple[str, torch.Tensor]]:
    """The result of every kind of call, with a name. ids: int64 [2, length]."""
    length, device = ids.shape[1], ids.device
    yield "one row", decoder.logits(decoder.hidden(ids[:1]))
    yield "another row", decoder.logits(decoder.hidden(ids[1:]))  # a graph must not repeat the ids of its capture
    yield "two rows", decoder.logits(decoder.hidden(ids))
    order = torch.arange(length, device=device).flip(0)
    yield "positions", decoder.hidden(ids, positions=order)
    mask = torch.ones(length, length, dtype=torch.bool, device=device).tril()
    yield "mask", decoder.hidden(ids, positions=order, mask=mask)
    cache, window = CanvasCache(), torch.arange(length // 3, length // 2, device=device)
    yield "canvas", decoder.hidden(ids, cache=cache)
    yield "window", decoder.hidden(ids[:, window].flip(1), positions=window, cache=cache)
    yield "window again", decoder.hidden(ids[:, :4], positions=window[:4], cache=cache)
    growing, first = decoder.ar_cache(length), 0
    for last in (length // 2, length // 2 + 1, length // 2 + 2, length):
        yield f"steps to {last}", decoder.logits(decoder.step(ids[:1, first:last], growing))
        first = last
    growing = decoder.block_cache(length)
    for first, last in ((0, length // 2), (length // 2, length // 2 + 4)):
        yield f"block {first} to {last}", decoder.hidden(ids[:1, first:last], cache=growing)
