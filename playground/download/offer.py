"""What the page, the cards and the terminal say of a model before anything is downloaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from playground.catalog.records import ModelRecord
from playground.download.downloads import Downloads, State
from playground.download.hub import Hub
from playground.download.machine import Memory
from playground.download.needs import Need, needs, shape_of, why_not


@dataclass(frozen=True)
class Offer:
    """One model, and whether it can run here."""

    record: ModelRecord
    bytes: int  # of a whole download: as the hub listed them, else as the record says
    licence: str  # as the hub told it, else as the record says
    gated: bool  # whether the licence must be accepted first
    need: Need  # in memory, and still to be downloaded
    state: State  # between the hub and this machine
    why_not: str  # why it does not fit here; empty if it fits


def offer(record: ModelRecord, downloads: Downloads, memory: Memory, dtype: str) -> Offer:
    """What there is to say of a model. Asks no network. ``memory`` is that of the device that would compute in
    ``dtype``."""
    hub = downloads.hub
    listing = hub.known(record.repo, record.revision) if record.repo else None
    need = need_of([record], hub, dtype)
    return Offer(
        record,
        listing.bytes if listing else record.bytes,
        (listing.licence if listing else "") or record.licence,
        listing.gated if listing else record.gated,
        need,
        downloads.state(record),
        why_not(need, memory, hub.disk_free()),
    )


def need_of(records: Sequence[ModelRecord], hub: Hub, dtype: str) -> Need:
    """What these models need together, each with a text of its whole context. ``dtype``: a key of BYTES."""
    memory = sum(needs(shape_of(record), dtype, record.context) for record in records)
    repos = {(record.repo, record.revision): record for record in records if record.repo}
    return Need(memory, dtype, sum(_still_to_come(record, hub) for record in repos.values()))


def _still_to_come(record: ModelRecord, hub: Hub) -> int:
    """Bytes of a model that are not here yet."""
    listing = hub.known(record.repo, record.revision)
    if listing is not None:
        return hub.missing_bytes(listing)
    return 0 if hub.folder(record.repo, record.revision) is not None else record.bytes
