"""Proves that a loaded model attends as its record says. A wrong attention mask raises no error of its own."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from playground.catalog.records import ModelRecord
from playground.decoders.decoder import Decoder

LENGTH, BLOCK = 8, 4  # positions of the test text, and of a block in it
NOTHING = {torch.float32: 1e-5, torch.bfloat16: 2e-2}  # changes below it, relative to the largest number, are rounding


class WrongAttention(Exception):
    """The model sees something that it must not see, or does not see what it must. The message says which."""


def block_mask(length: int, block: int, device: torch.device, first: int = 0) -> torch.Tensor:
    """Bool [length, length]: position i sees j where j's block is not after i's. Blocks are counted from ``first``."""
    blocks = (torch.arange(length, device=device) - first).div(block, rounding_mode="floor")
    return blocks[:, None] >= blocks


@torch.inference_mode()
def prove_direction(decoder: Decoder, record: ModelRecord) -> None:
    """Change some tokens of a text and see which hidden states follow. Raises WrongAttention, or ValueError if the
    model computes no numbers."""
    for sees, changed, at, wrong in _proofs(record.attention):
        if _follows(decoder, record, changed, at) != sees:
            raise WrongAttention(wrong)


def _proofs(attention: str) -> Iterator[tuple[bool, slice, int, str]]:
    """(must the position see the change, positions that change, position that looks, what is wrong if not)."""
    after, before = slice(1, LENGTH), slice(0, 1)
    if attention == "bidirectional":
        yield True, after, 0, "causal"
        yield True, before, LENGTH - 1, "blind to the left"
    elif attention == "causal":
        yield False, after, 0, "bidirectional"
        yield True, before, LENGTH - 1, "blind to the left"
    else:
        yield True, slice(BLOCK - 1, BLOCK), 0, "causal within a block"
        yield False, slice(BLOCK, LENGTH), 0, "not cut off after a block"
        yield True, before, LENGTH - 1, "blind to earlier blocks"


def _follows(decoder: Decoder, record: ModelRecord, changed: slice, at: int) -> bool:
    """Whether the hidden state of a position follows a change of other positions."""
    ids = torch.arange(10, 10 + LENGTH, device=decoder.device) % decoder.vocabulary
    other = ids.clone()
    other[changed] = (other[changed] + 32) % decoder.vocabulary
    blocks = record.attention in ("block-causal", "causal-prefix")
    mask = block_mask(LENGTH, BLOCK, decoder.device) if blocks else None
    return follows(*(decoder.hidden(row[None], mask=mask)[0, at] for row in (ids, other)))


def follows(before: torch.Tensor, after: torch.Tensor) -> bool:
    """Whether a hidden state changed by more than rounding. Raises ValueError if it holds no numbers. Both: [hidden]."""
    one, two = before.float(), after.float()
    if not one.isfinite().all():
        raise ValueError("it computes no numbers")
    return ((one - two).abs().max() / one.abs().max()).item() > NOTHING.get(before.dtype, 1e-5)
