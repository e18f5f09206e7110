"""The default models: the two matched twins in ``models/``, in one engine."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from playground.catalog.records import TWINS, ModelRecord
from playground.decoders.checkpoint import Checkpoint, CheckpointError, Source, load_checkpoint
from playground.device.device import pick_device
from playground.device.thread import DeviceThread
from playground.download.downloads import Downloads
from playground.engine.engine import RaceEngine
from playground.engine.lane_source import LaneSource
from playground.engine.local_model import LocalModel
from playground.engine.own_twins import RESTORE, check_pair
from playground.engine.served_model import ServedModel
from playground.engine.shelf import Shelf
from playground.errors import PlaygroundError
from playground.files import ROOT
from playground.threads import own_threads

MODELS = ROOT / "models"


class Twins(RaceEngine):
    """An engine whose first two models are a diffusion twin and an AR twin, and by default race each other."""

    def __init__(
        self,
        diffusion: LocalModel,
        ar: LocalModel,
        device: torch.device,
        thread: DeviceThread,
        *more: LaneSource,
        shelf: Shelf | None = None,
        pair: Sequence[str] = (),
    ) -> None:
        super().__init__((diffusion, ar, *more), device, diffusion.decoder.dtype, thread, shelf, pair)

    def twin(self, kind: str) -> LocalModel:
        return {"diffusion": self.diffusion, "ar": self.ar}[kind]


@dataclass(frozen=True)
class Cast:
    """Which models an engine loads besides the twins, and which it may load later."""

    pair: tuple[ModelRecord, ...] = ()  # race by default; () for the twins
    more: tuple[ModelRecord, ...] = ()  # loaded at the start as well
    shelf: tuple[ModelRecord, ...] = ()  # loaded when a race names them
    served: tuple[ModelRecord, ...] = ()  # asked over the network
    downloads: Downloads | None = None


def load_twins(
    device: str | None = None,
    models: Path = MODELS,
    records: tuple[ModelRecord, ModelRecord] = TWINS,
    cast: Cast = Cast(),
) -> Twins:
    """Load both twins, check the direction of their attention and warm them up, and load the cast. Raises
    PlaygroundError.

    device: "cpu", "cuda" or "mps"; None picks one. models: the folder of relative record folders.
    records: the diffusion twin first.
    """
    target, thread = pick_device(device), DeviceThread()
    return thread.run(_load, target, models, records, thread, cast)


def _load(
    device: torch.device, models: Path, records: Sequence[ModelRecord], thread: DeviceThread, cast: Cast
) -> Twins:
    own = any(record.own for record in records)
    try:
        diffusion, ar = (_proved(record, device, models) for record in records)
    except CheckpointError as error:
        if own:  # the damaged file is the user's, not a shipped one
            raise PlaygroundError(str(error)) from error
        raise
    if own:
        check_pair(diffusion, ar)
    parameters = sum(p.numel() for p in diffusion.model.parameters())
    if device.type == "cpu" and (threads := own_threads(parameters, os.environ)):
        torch.set_num_threads(threads)
    shelf = Shelf(device, cast.shelf, cast.downloads)
    pair = (LocalModel(records[0], diffusion), LocalModel(records[1], ar))
    known = {record.key for record in (*records, *cast.served)}
    named = {record.key: record for record in (*cast.more, *cast.pair) if record.key not in known}
    if large := [record for record in named.values() if record.parameters]:
        shelf.check_room(large, [])
    more = [*map(shelf.load, named.values()), *map(ServedModel, cast.served)]
    twins = Twins(*pair, device, thread, *more, shelf=shelf, pair=[record.key for record in cast.pair])
    twins.warm_up()
    return twins


def _proved(record: ModelRecord, device: torch.device, models: Path) -> Checkpoint:
    folder = models / record.folder  # an absolute record.folder replaces ``models``
    source = Source(f"folder {folder.name} for --{record.kind}", RESTORE) if record.own else None
    return replace(load_checkpoint(record, folder, device, source), name=record.key)
