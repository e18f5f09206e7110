"""Proves that any causal class of transformers can be a lane. A Decoder runs its layers, with masks and caches of our own,
and multiplies by its last matrix; some classes compute more than that, and would be silently wrong."""

from __future__ import annotations

from typing import Any

import torch

from playground.decoders.decoder import Decoder
from playground.decoders.parity import TOLERANCE

LENGTH, READ = 8, 4  # positions of the test text; of them, those that are read at once before single steps


class NoLane(Exception):
    """A class that a Decoder cannot run. The message says why, in words that follow "cannot be a lane:"."""


class OwnLogits(Decoder):
    """A class whose parts may have any names, under its own mask: its hidden states are its logits."""

    caches = False

    def __init__(self, model: Any) -> None:
        self._hold(model)

    def hidden(self, ids, positions=None, mask=None, cache=None) -> torch.Tensor:
        """The logits [rows, n, vocabulary] of ids int64 [rows, n]. The rest of Decoder.hidden's arguments must be None."""
        return self.model(input_ids=ids, use_cache=False).logits


@torch.inference_mode()
def prove_lane(model: Any) -> None:
    """Compare a Decoder's logits with the class's own, for a text read at once and token by token. Raises NoLane."""
    if getattr(model.config, "final_logit_softcapping", None):
        raise NoLane("its class bends large logits")  # which small ones do not show
    try:
        own, generator = OwnLogits(model), torch.Generator().manual_seed(0)
        ids = torch.randint(own.vocabulary, (1, LENGTH), generator=generator).to(own.device)
        expected, decoder = own.hidden(ids)[0], Decoder(model)
        whole = decoder.logits(decoder.hidden(ids))[0]
        steps = decoder.logits(_steps(decoder, ids))
    except Exception as error:  # a class that is built otherwise may raise anything
        raise NoLane(f"its class is built in another way ({type(error).__name__})") from error
    _compare(whole, expected, "its class does more than multiply its last layer by its last matrix")
    if own.dtype == torch.float32:  # else rounding may send a token to another expert
        _compare(steps, expected[READ - 1 :], "its class computes otherwise with a cache")


def _steps(decoder: Decoder, ids: torch.Tensor) -> torch.Tensor:
    """The hidden states of the last positions of ids int64 [1, n], each but the first after a cache."""
    cache = decoder.ar_cache(ids.shape[1])
    read = [decoder.step(ids[:, :READ], cache)]
    return torch.cat([*read, *(decoder.step(ids[:, at : at + 1], cache) for at in range(READ, ids.shape[1]))])


def _compare(got: torch.Tensor, expected: torch.Tensor, otherwise: str) -> None:
    """Raise NoLane unless both agree within TOLERANCE."""
    largest = expected.float().abs().max().item()
    if got.shape != expected.shape:
        raise NoLane(f"{otherwise} (logits of another shape)")
    off = (got.float() - expected.float()).abs().max().item() / max(largest, 1e-30)
    if not off <= TOLERANCE.get(expected.dtype, 5e-2):  # so that NaN fails too
        raise NoLane(f"{otherwise} (logits off by {off:.1e} of the largest)")
