"""The models that a race may name besides those that are loaded: they are loaded when a race needs them.

One large pair is in memory at a time. A model that is loaded for a race takes the place of the large ones that the race
does not name, except those that the host loaded at the start.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import torch

from playground.catalog.records import PROMPT_ROOM, ModelRecord
from playground.catalog.servers import retired
from playground.decoders.checkpoint import FETCH_AGAIN, Source
from playground.device.dtype import pick_dtype
from playground.device.memory import device_memory
from playground.download.downloads import Downloads
from playground.download.needs import Need, needs, shape_of, why_not
from playground.engine.lane_source import LaneSource
from playground.engine.sources import load_source
from playground.errors import PlaygroundError
from playground.files import ROOT
from playground.interface import ModelState, Room
from playground.request.race_request import LENGTHS

MODELS = ROOT / "models"
NO_SERVER = "It is asked over the network, and this page asks no server."


class Shelf:
    """Records, where their files are, and whether they fit this machine.

    records: those that a race may name. downloads: None if nothing may be downloaded. Methods that load or free run on
    the device's thread.
    """

    def __init__(
        self,
        device: torch.device,
        records: Iterable[ModelRecord] = (),
        downloads: Downloads | None = None,
        load: Callable[[ModelRecord, Path, torch.device, Source], LaneSource] = load_source,
    ) -> None:
        self.records: Mapping[str, ModelRecord] = {record.key: record for record in records}
        self.downloads, self._device, self._load = downloads, device, load

    def folder(self, record: ModelRecord) -> Path | None:
        """The folder of a record's files; None if they are not here."""
        if record.folder:
            folder = MODELS / record.folder  # an absolute folder replaces MODELS
            return folder if folder.is_dir() else None
        return self.downloads.hub.folder(record.repo, record.revision) if self.downloads and record.repo else None

    def load(self, record: ModelRecord) -> LaneSource:
        """Load a model. Raises PlaygroundError if its files are not here."""
        folder = self.folder(record)
        if folder is None:
            raise PlaygroundError(
                f"{record.title} is not on this machine. Download it in the panel of models, or race the twins."
            )
        return self._load(
            record, folder, self._device, Source(f"model {record.title}", FETCH_AGAIN, self._hashes(record))
        )

    def _hashes(self, record: ModelRecord) -> dict[str, str]:
        """The sha256 of each large file of a model, as the hub listed them; {} for a folder of the host's."""
        if self.downloads is None or not record.repo or record.folder:
            return {}
        listing = self.downloads.hub.known(record.repo, record.revision)
        return {file.name: file.sha256 for file in listing.files if file.sha256} if listing else {}

    def check_room(self, wanted: Sequence[ModelRecord], freed: Sequence[ModelRecord]) -> None:
        """Raises PlaygroundError if these models do not fit together. freed: models that make room for them."""
        if why := self.why_not(wanted, freed):
            both = f"{' and '.join(record.title for record in wanted)} cannot be loaded here. "
            raise PlaygroundError(both + why)

    def why_not(self, wanted: Sequence[ModelRecord], freed: Sequence[ModelRecord] = ()) -> str:
        """Why models do not fit this machine together, in a sentence; empty if they do."""
        memory = device_memory(self._device)
        room = None if memory.free is None else memory.free + sum(self.need(record) for record in freed)
        dtype = pick_dtype(self._device, max((record.parameters for record in wanted), default=0))
        need = Need(sum(self.need(record) for record in wanted), str(dtype).removeprefix("torch."))
        return why_not(need, type(memory)(room, memory.total, memory.of), None)

    def need(self, record: ModelRecord) -> int:
        """Bytes of memory that a model takes, about."""
        dtype = str(pick_dtype(self._device, record.parameters)).removeprefix("torch.")
        return needs(shape_of(record), dtype, min(record.context, LENGTHS[1] + PROMPT_ROOM))

    def download(self, record: ModelRecord) -> None:
        """Begin to download a model. Raises PlaygroundError if nothing may be downloaded here."""
        if self.downloads is None or not record.repo:
            raise PlaygroundError(f"{record.title} cannot be downloaded here.")
        self.downloads.start(record)

    def stop_download(self, record: ModelRecord) -> None:
        """End the download of a model."""
        if self.downloads is not None:
            self.downloads.stop(record)

    def state(self, record: ModelRecord, loaded: bool, freed: Sequence[ModelRecord] = ()) -> ModelState:
        """Where a model is now, and why it cannot be on the stage if it cannot. freed: models that would make room
        for it."""
        if record.served:
            return ModelState(record.key, "served", "" if loaded else retired(record) or NO_SERVER)
        memory = self.need(record) if record.parameters else 0
        unfit = "" if loaded or not record.parameters else self.why_not([record], freed)
        if loaded or self.folder(record) is not None:
            return ModelState(record.key, "loaded" if loaded else "here", unfit, memory=memory)
        if self.downloads is None:
            return ModelState(record.key, "absent", unfit, memory=memory)
        now = self.downloads.state(record)
        if now.progress is None:
            return ModelState(record.key, now.kind, now.sentence or unfit, before=now.before, memory=memory)
        done, total = now.progress.done, now.progress.total
        share = done / total if total else None
        return ModelState(record.key, now.kind, now.sentence or unfit, share, done, now.progress.rate, memory=memory)

    def room(self) -> Room:
        """See interface.Engine."""
        memory = device_memory(self._device)
        if self.downloads is None:
            return Room(memory)
        return Room(memory, self.downloads.hub.disk_free(), self.downloads.allowed)
