"""Which predictor a model needs, by its record."""

from __future__ import annotations

from functools import partial

from playground.catalog.records import ModelRecord
from playground.samplers.diffusion.bidirectional import Bidirectional
from playground.samplers.diffusion.block_causal import BlockCausal
from playground.samplers.diffusion.block_grid import BlockGrid, CausalPrefixGrid
from playground.samplers.diffusion.predict import MakePredictor

BACK = {"none": 0, "whole": 1, "block": 1}  # by a record's shift: how far before a position its prediction is read
GRIDS: dict[str, type[BlockGrid]] = {"block-causal": BlockGrid, "causal-prefix": CausalPrefixGrid}


def predictor_of(record: ModelRecord) -> MakePredictor:
    """What makes the predictor of a diffusion model. Raises ValueError if the record lacks a block or an anchor."""
    back = BACK[record.shift]
    if record.attention == "bidirectional":
        return partial(Bidirectional, back=back)
    if record.attention not in GRIDS or not record.block or not record.anchor:
        raise ValueError(
            f"The record {record.key!r} names no attention, block and anchor with which a sampler could run."
        )
    grid, size, anchored = GRIDS[record.attention], record.block, record.anchor == "prompt"
    return partial(BlockCausal, back=back, grid=lambda start: grid(size, start if anchored else 0))
