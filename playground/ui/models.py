"""Models on the page: the panel that lists them, what it says of each, and the functions that download them.

An ``entry`` is all that the browser knows of one model (ModelEntry in assets/types.d.ts). The browser asks for entries
when a panel or a card with models is opened, and once a second while a download runs (assets/page/model_feed.js).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from playground.catalog.catalog import catalog, size_in_words
from playground.catalog.records import TWINS, ModelRecord
from playground.download.machine import Memory
from playground.download.needs import Need, why_not
from playground.download.size import size_text
from playground.download.switch import FLAG
from playground.engine.abilities import abilities
from playground.errors import PlaygroundError
from playground.interface import Engine, ModelState, Room
from playground.ui.components.answered import answered
from playground.ui.components.bare import Bare
from playground.ui.components.left_out import part
from playground.web.templates import render

KINDS = {"diffusion": "diffusion", "ar": "autoregressive"}
TWIN_NAMES = {"diffusion": "Diffusion twin", "ar": "AR twin"}
READY = ("loaded", "here", "served")  # states in which a race can name a model
UNDER_WAY = ("waiting", "running")
DOWNLOADS_OFF = (
    f"Visitors cannot download models here. The host allows it with {FLAG}, or loads models at the start by "
    "their names in PLAYGROUND_MODELS."
)
LONGEST = 20_000  # characters of a request: all keys of a catalog


class Models(Bare):
    """The panel of models. Its functions answer for the menus and the story's cards as well."""

    def __init__(self, engine: Engine, **kwargs: Any):
        records = part("The catalog of models is", lambda: known(engine), {one.key: one for one in engine.models})

        def models_now(keys: str) -> str:
            return answered(lambda: stock(engine, chosen(keys, records)))

        def download_model(key: str) -> str:
            return answered(lambda: acted(engine, engine.download, one_of(key, records)))

        def stop_download(key: str) -> str:
            return answered(lambda: acted(engine, engine.stop_download, one_of(key, records)))

        here = engine.models or TWINS
        super().__init__(
            html_template=render("page/models.html", groups=groups(records.values())),
            js_on_load="mountModels(element, props, server);",
            server_functions=[models_now, download_model, stop_download],
            menu=json.dumps([entry(engine, record) for record in here], ensure_ascii=False),
            pair=json.dumps(list(engine.pair or [record.key for record in TWINS])),
            names=json.dumps({key: name(record) for key, record in records.items()}, ensure_ascii=False),
            **kwargs,
        )


def known(engine: Engine) -> dict[str, ModelRecord]:
    """The models that the page speaks of, by key: those of the engine, then those that can be had. Raises
    PlaygroundError."""
    named = {record.key: record for record in engine.models}
    return named | {key: record for key, record in catalog().items() if record.repo and key not in named}


def groups(records: Sequence[ModelRecord] | Any) -> list[tuple[str, list[ModelRecord]]]:
    """The models by kind, each group with its heading."""
    heads = {"diffusion": "Diffusion", "ar": "Autoregressive"}
    return [(heads[kind], [record for record in records if record.kind == kind]) for kind in heads]


def chosen(keys: str, records: Mapping[str, ModelRecord]) -> list[ModelRecord]:
    """The records of keys, which are a JSON list. Raises PlaygroundError."""
    listed = json.loads(keys) if len(keys) <= LONGEST else None
    if not isinstance(listed, list):
        raise PlaygroundError("This is no list of models. Load the page again.")
    return [one_of(str(key), records) for key in listed[: len(records)]]


def one_of(key: str, records: Mapping[str, ModelRecord]) -> ModelRecord:
    if key not in records:
        raise PlaygroundError("The page knows no such model. Load the page again.")
    return records[key]


def stock(engine: Engine, records: Sequence[ModelRecord]) -> dict[str, Any]:
    """What the page says of models now."""
    room = engine.room()
    return {
        "models": [entry(engine, record, room) for record in records],
        "machine": machine(room),
        "off": "" if room.downloads else DOWNLOADS_OFF,
    }


def acted(engine: Engine, act: Any, record: ModelRecord) -> dict[str, Any]:
    """What the page says of a model after something was done with it."""
    act(record.key)
    return stock(engine, [record])


def entry(engine: Engine, record: ModelRecord, room: Room | None = None) -> dict[str, Any]:
    """What the page says of one model now. room: if it is known already."""
    room = room or engine.room()
    named = next((one for one in engine.models if one.key == record.key), None)
    state = engine.state(named or record)
    ready = named is not None and state.state in READY
    absent = state.state not in READY and state.state not in UNDER_WAY
    full = no_room(record, room) if absent and room.downloads else ""
    return {
        "key": record.key,
        "name": name(record),
        "kind": record.kind,
        "partner": record.partner,
        "longest": (named or record).longest,
        "context": (named or record).context,
        "sampler": dict(record.sampler),
        "can": sorted(engine.can.get(record.key) or abilities(record)),
        "about": about(record),
        "facts": facts(record, state),
        "unsure": record.unsure,
        "state": state.state,
        "says": says(state),
        "why": " ".join(filter(None, (state.sentence, full))),
        "share": state.share,
        "progress": progress(record, state),
        "stage": ready and not state.sentence,
        "size": size_text(record.bytes) if record.bytes else "",
        "download": bool(absent and named and record.repo and room.downloads and not full),
        "stop": state.state in UNDER_WAY,
    }


def name(record: ModelRecord) -> str:
    """A model's name in menus."""
    twin = record.family == TWINS[0].family and not record.own
    return TWIN_NAMES[record.kind] if twin else record.title


def about(record: ModelRecord) -> str:
    """Kind and size in a few words."""
    size = f"{size_in_words(record.parameters)} parameters" if record.parameters else ""
    ships = "ships with this page" if record.key in {twin.key for twin in TWINS} else ""
    return ", ".join(filter(None, (KINDS[record.kind], size, ships)))


def facts(record: ModelRecord, state: ModelState) -> list[tuple[str, str]]:
    """Label and value of what a visitor should know before a download."""
    licence = f"{record.licence}, to be accepted on its card first" if record.gated else record.licence
    return [
        (label, value)
        for label, value in (
            ("Download", f"{size_text(record.bytes)}, {record.repo}" if record.repo and record.bytes else record.repo),
            ("Licence", licence),
            ("Memory needed", f"about {size_text(state.memory)}" if state.memory else ""),
        )
        if value
    ]


def says(state: ModelState) -> str:
    """Where a model is, in a sentence."""
    match state.state:
        case "loaded":
            return "Loaded."
        case "served":
            return "Asked over the network, with a key."
        case "here":
            return "On this machine." if state.sentence else "On this machine. It loads on Run."
        case "waiting":
            return f"Waits: {state.before} other download{'s come' if state.before != 1 else ' comes'} first."
        case "running":
            return "Downloading."
        case "stopped":
            return "Its download was stopped."
        case "failed":
            return "Its download failed."
    return "Not on this machine."


def progress(record: ModelRecord, state: ModelState) -> str:
    """How far a download is, in words; empty if none runs."""
    if state.state != "running":
        return ""
    if state.share is None:
        return "Looking up its files."
    total = size_text(round(state.done / state.share)) if state.share else size_text(record.bytes)
    rate = f", {size_text(round(state.rate))} a second" if state.rate else ""
    return f"{state.share:.0%}: {size_text(state.done)} of {total}{rate}"


def machine(room: Room) -> str:
    """What this machine has, in a sentence."""
    memory = room.memory
    if memory.free is None:
        return ""
    of_all = f" of {size_text(memory.total)}" if memory.total else ""
    disk = f", and {size_text(room.disk)} on the disk" if room.downloads and room.disk is not None else ""
    return f"{memory.of[0].upper()}{memory.of[1:]} has {size_text(memory.free)}{of_all} memory free{disk}."


def no_room(record: ModelRecord, room: Room) -> str:
    """Why a download does not fit on the disk, in a sentence; empty if it does."""
    return why_not(Need(0, "float32", record.bytes), Memory(None, None), room.disk)
