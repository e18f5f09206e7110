"""Makes the LaneSource of a record: which class runs which layout."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch

from playground.catalog.records import ModelRecord
from playground.decoders.checkpoint import Source, load_checkpoint
from playground.engine.lane_source import LaneSource
from playground.engine.local_model import LocalModel

Make = Callable[[ModelRecord, Path, torch.device, Source | None], LaneSource]


def load_source(record: ModelRecord, folder: Path, device: torch.device, source: Source | None = None) -> LaneSource:
    """Load a model from a folder. Call it on the device's thread. source: for error messages. Raises
    PlaygroundError."""
    return SOURCES.get(record.layout, local_model)(record, folder, device, source)


def local_model(record: ModelRecord, folder: Path, device: torch.device, source: Source | None) -> LaneSource:
    return LocalModel(record, replace(load_checkpoint(record, folder, device, source), name=record.key))


def diffusion_gemma(record: ModelRecord, folder: Path, device: torch.device, source: Source | None) -> LaneSource:
    checkpoint = load_checkpoint(record, folder, device, source)
    from playground.engine.diffusion_gemma import DiffusionGemma  # after loading, which says if its class is missing

    return DiffusionGemma(record, replace(checkpoint, name=record.key))


# Layout -> what makes its source, where LocalModel cannot run it.
SOURCES: dict[str, Make] = {"diffusion-gemma": diffusion_gemma}
