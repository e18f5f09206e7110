"""The embedded default: two matched twins that ship in ``models/``, raced by one engine."""
from __future__ import annotations

import os
from pathlib import Path

import torch

from playground.catalog.checkpoint import load_checkpoint, pick_device, prove_direction
from playground.catalog.records import TWINS, TwinRecord
from playground.device_thread import DeviceThread
from playground.engine import TwinEngine
from playground.provenance import ROOT
from playground.threads import own_threads

MODELS = ROOT / "models"


def load_twins(device: str | None = None, models: Path = MODELS, record: TwinRecord = TWINS) -> TwinEngine:
    """Load both twins, prove their attention, warm them up. Raises PlaygroundError."""
    target, thread = pick_device(device), DeviceThread()
    return thread.run(_load, target, models, record, thread)


def _load(device: torch.device, models: Path, record: TwinRecord, thread: DeviceThread) -> TwinEngine:
    diffusion = load_checkpoint(models / record.diffusion, device)
    ar = load_checkpoint(models / record.ar, device)
    prove_direction(diffusion, bidirectional=True)
    prove_direction(ar, bidirectional=False)
    parameters = sum(p.numel() for p in diffusion.model.parameters())
    if device.type == "cpu" and (threads := own_threads(parameters, os.environ)):
        torch.set_num_threads(threads)
    engine = TwinEngine(diffusion, ar, record, device, thread)
    engine.warm_up()
    return engine
