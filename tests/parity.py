"""The authors' tiny checkpoints in tests/data/parity, loaded by a record, with the logits of the authors' own code."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import torch

from playground.catalog.catalog import find
from playground.decoders.checkpoint import load_model
from playground.decoders.special_ids import SpecialIds

FOLDER = Path(__file__).parent / "data" / "parity"
SPECIAL = SpecialIds(end=243, mask=246)  # in all of them
RECORDS = {  # folder -> record
    "sdar": "sdar-1.7b-chat",
    "qwen3-diffusion": "qwen3-0.6b-diffusion-bd3lm",
    "llada2-moe": "llada2.0-mini",
    "dream-7b": "dream-7b-instruct",
}


@cache
def network(name: str) -> torch.nn.Module:
    """The stock class with the folder's weights, in float32."""
    device = torch.device("cpu")
    return load_model(find(RECORDS[name]), FOLDER / name, device, sizes=False, dtype=torch.float32)


@cache
def expected(name: str) -> dict[str, torch.Tensor]:
    """The arrays of the authors' run: input_ids, logits and more."""
    with np.load(FOLDER / name / "expected.npz") as file:
        return {key: torch.from_numpy(file[key]) for key in file.files}
