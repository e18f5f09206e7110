"""The embedded default: two matched twins that ship in ``models/``, raced by one engine."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import torch

from playground.catalog.records import TWINS, TwinRecord
from playground.decoders.checkpoint import Checkpoint, CheckpointError, Source, load_checkpoint, prove_direction
from playground.device.device import pick_device
from playground.device.thread import DeviceThread
from playground.engine.engine import TwinEngine
from playground.engine.own_twins import RESTORE, check_pair
from playground.errors import PlaygroundError
from playground.files import ROOT
from playground.threads import own_threads

MODELS = ROOT / "models"


def load_twins(device: str | None = None, models: Path = MODELS, record: TwinRecord = TWINS) -> TwinEngine:
    """Load both twins, prove their attention, warm them up. Raises PlaygroundError."""
    target, thread = pick_device(device), DeviceThread()
    return thread.run(_load, target, models, record, thread)


def _load(device: torch.device, models: Path, record: TwinRecord, thread: DeviceThread) -> TwinEngine:
    try:
        diffusion, ar = _proved("diffusion", device, models, record), _proved("ar", device, models, record)
    except CheckpointError as error:
        if record.own:  # nothing of ours is damaged
            raise PlaygroundError(str(error)) from error
        raise
    if record.own:
        check_pair(diffusion, ar)
    if diffusion.name == ar.name:  # a trace tells them apart by name
        diffusion, ar = replace(diffusion, name=f"{diffusion.name} (diffusion)"), replace(ar, name=f"{ar.name} (ar)")
    parameters = sum(p.numel() for p in diffusion.model.parameters())
    if device.type == "cpu" and (threads := own_threads(parameters, os.environ)):
        torch.set_num_threads(threads)
    engine = TwinEngine(diffusion, ar, record, device, thread)
    engine.warm_up()
    return engine


def _proved(kind: str, device: torch.device, models: Path, record: TwinRecord) -> Checkpoint:
    folder = models / getattr(record, kind)  # an absolute path stands for itself
    source = Source(f"folder {folder.name} for --{kind}", RESTORE) if kind in record.own else None
    checkpoint = load_checkpoint(folder, device, source)
    prove_direction(checkpoint, kind == "diffusion", source)
    return checkpoint
