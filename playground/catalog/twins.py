"""The embedded default: two matched twins that ship in ``models/``, raced by one engine."""
from __future__ import annotations

from pathlib import Path

from playground.catalog.checkpoint import load_checkpoint, pick_device, prove_direction
from playground.catalog.records import TWINS, TwinRecord
from playground.engine import TwinEngine
from playground.provenance import ROOT

MODELS = ROOT / "models"


def load_twins(device: str | None = None, models: Path = MODELS, record: TwinRecord = TWINS) -> TwinEngine:
    """Load both twins, prove their attention, warm them up. Raises PlaygroundError."""
    target = pick_device(device)
    diffusion = load_checkpoint(models / record.diffusion, target)
    ar = load_checkpoint(models / record.ar, target)
    prove_direction(diffusion, bidirectional=True)
    prove_direction(ar, bidirectional=False)
    engine = TwinEngine(diffusion, ar, record, target)
    engine.warm_up()
    return engine
