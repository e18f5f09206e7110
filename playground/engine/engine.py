"""The engine turns a request into a running race (``interface.Engine``). It works with any LaneSource.

Data flows one way: text -> lanes -> race -> trace. Nothing here depends on how the page shows a trace.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import torch

from playground.catalog.records import CAPABILITIES, ModelRecord, is_large
from playground.decoders.cuda_graphs import give_back_memory
from playground.device.device import describe_device
from playground.device.peak import measured_peak
from playground.device.thread import DeviceThread
from playground.engine.lane_source import Keyed, LaneSource, RunningLane, needs
from playground.engine.own_tokens import one_tokenizer, with_own_ends, with_own_texts
from playground.engine.picture import BLIND
from playground.engine.provenance import commit, joint_hash, made_on
from playground.engine.race_run import RaceRun
from playground.engine.shelf import Shelf
from playground.interface import ModelState, Room
from playground.metrics.cost import Peak
from playground.metrics.replies import worth
from playground.request import lanes as lane_requests
from playground.request import rival
from playground.request.fields import RequestError
from playground.request.race_request import RaceRequest
from playground.served.keys import NO_KEYS, Keys

SLOTS = {
    "diffusion": ("one", "three", "two"),
    "ar": ("two", "three", "one"),
}  # kind of model -> slots of the palette, the preferred one first; each lane of a race takes another slot
LETTERS = "ABC"


@dataclass(frozen=True)
class Entry:
    """A lane of a race before its source opens it."""

    source: LaneSource
    request: RaceRequest  # the race's request with this lane's sampler
    key: str  # of the lane in the trace
    title: str  # of the lane on the page
    about: Mapping[str, Any]  # the race's part of the lane's ``about``: model, slot, letter, settings

    def open(self, keys: Keys) -> RunningLane:
        """The lane, ready to run. Only a model on a server gets the keys."""
        lane = (self.request, self.key, self.title, self.about)
        return cast(Keyed, self.source).lane(*lane, keys) if self.source.record.served else self.source.lane(*lane)


class RaceEngine:
    """Models on one device, ready to race. By default the first model races its partner.

    shelf: further models, which are loaded when a race names them. pair: the keys of the models that race by default.
    """

    def __init__(
        self,
        sources: Sequence[LaneSource],
        device: torch.device,
        dtype: torch.dtype,
        thread: DeviceThread,
        shelf: Shelf | None = None,
        pair: Sequence[str] = (),
    ) -> None:
        self.sources: Mapping[str, LaneSource] = {source.record.key: source for source in sources}
        self._kept = frozenset(self.sources)  # loaded at the start: never freed
        self.shelf = shelf or Shelf(device)
        self.pair = tuple(pair) or self._partners(sources[0].record)
        self.thread = thread  # runs all computation, for callers on any thread
        self.torch_device, self.dtype = device, dtype
        first = self.sources[self.pair[0]].record
        self.knows, self.examples, self.device = first.knows, first.examples, describe_device(device)
        self.kinds = next((source.kinds for source in self._pair() if source.kinds), ())
        self.longest = min(source.record.longest for source in self._pair())
        self.made: Mapping[str, str] = made_on(device)
        commit()  # cached now, because the source may be edited after it was loaded
        self.device_kind, self.weights = device.type, joint_hash(*(self.sources[key].hash for key in self.pair))

    @property
    def models(self) -> tuple[ModelRecord, ...]:
        """See interface.Engine. Loaded models first."""
        loaded = {key: source.record for key, source in self.sources.items()}
        return tuple({**loaded, **{key: one for key, one in self.shelf.records.items() if key not in loaded}}.values())

    @property
    def can(self) -> Mapping[str, frozenset[str]]:
        """See interface.Engine. Loaded models only."""
        return {key: source.can for key, source in self.sources.items()}

    @property
    def checkpoints(self) -> Mapping[str, str]:
        """See interface.Engine. Loaded models only."""
        return {key: source.hash for key, source in self.sources.items()}

    @property
    def diffusion(self) -> Any:
        """The diffusion model of the default pair."""
        return self.source("diffusion")

    @property
    def ar(self) -> Any:
        """The AR model of the default pair."""
        return self.source("ar")

    def source(self, name: str) -> LaneSource:
        """The model with this key, or the first model of this kind: older pages and runs name the kind. Raises
        RequestError."""
        first = [*self._pair(), *self.sources.values()]
        found = self.sources.get(name) or next((one for one in first if one.record.kind == name), None)
        if found is None and name in self.shelf.records:
            raise RequestError(f"{self.shelf.records[name].title} is not loaded now. Press Run to load it.")
        if found is None:
            raise RequestError(f"There is no model {name[:60]!r} here. There are: {', '.join(self.sources)}.")
        return found

    def partner(self, source: LaneSource) -> LaneSource | None:
        return self.sources.get(source.record.partner)

    def to_load(self, request: RaceRequest) -> str:
        """See interface.Engine."""
        missing = self._missing(request)
        if not missing:
            return ""
        size = sum(record.bytes for record in missing)
        of = f", {size / 1e9:.1f} GB" if size else ""
        return f"Loading {' and '.join(record.title for record in missing)}{of}. This takes a while, once."

    def prepare(self, request: RaceRequest) -> None:
        """See interface.Engine."""
        if missing := self._missing(request):
            self.thread.run(self._load, missing, {record.key for record in self.raced(request)})

    def _missing(self, request: RaceRequest) -> list[ModelRecord]:
        """The models of a request that must be loaded first, each once."""
        named = {record.key: record for record in self.raced(request)}
        return [record for key, record in named.items() if key not in self.sources]

    def raced(self, request: RaceRequest) -> tuple[ModelRecord, ...]:
        """See interface.Engine."""
        on_shelf = self.shelf.records
        return tuple(
            on_shelf[name] if name in on_shelf and name not in self.sources else self.source(name).record
            for name in self._names(request)
        )

    def _names(self, request: RaceRequest) -> list[str]:
        """The model of each lane: its key, or its kind where an older page or run names that."""
        if resume := request.resume:
            return [resume.model if resume.model in self.sources or resume.model in self.shelf.records else resume.kind]
        if request.lanes:
            return [lane.model for lane in lane_requests.parse(request.lanes)]
        return ["diffusion"] * 2 if request.rival else list(self.pair)

    def _load(self, missing: Sequence[ModelRecord], named: Collection[str]) -> None:
        """Load models, in place of the large ones that this race does not name. Runs on the device's thread."""
        freed = self._making_room(named)
        self.shelf.check_room(missing, freed)
        gone = {record.key for record in freed}
        self.sources = {key: source for key, source in self.sources.items() if key not in gone}
        give_back_memory(self.torch_device)
        for record in missing:
            source = self.shelf.load(record)
            source.warm_up()
            self.sources = {**self.sources, record.key: source}

    def _making_room(self, named: Collection[str]) -> list[ModelRecord]:
        """The models that would be freed for a race of these, by key."""
        sources = self.sources.items()
        return [
            source.record
            for key, source in sources
            if key not in named and key not in self._kept and is_large(source.record)
        ]

    def stock(self) -> tuple[ModelState, ...]:
        """See interface.Engine."""
        return tuple(self.state(record) for record in self.models)

    def state(self, record: ModelRecord) -> ModelState:
        """See interface.Engine."""
        return self.shelf.state(record, record.key in self.sources, self._making_room({record.key}))

    def room(self) -> Room:
        """See interface.Engine."""
        return self.shelf.room()

    def download(self, model: str) -> None:
        """See interface.Engine."""
        self.shelf.download(self._on_shelf(model))

    def stop_download(self, model: str) -> None:
        """See interface.Engine."""
        self.shelf.stop_download(self._on_shelf(model))

    def _on_shelf(self, model: str) -> ModelRecord:
        if model not in self.shelf.records:
            raise RequestError(f"There is no model {model[:60]!r} to download here.")
        return self.shelf.records[model]

    def start(self, request: RaceRequest, keys: Keys = NO_KEYS) -> RaceRun:
        """See interface.Engine. Raises RequestError if the request does not fit the models."""
        if all(record.served for record in self.raced(request)):
            return RaceRun(self, request, keys)  # it need not wait until the device's thread is free
        return self.thread.run(RaceRun, self, request, keys)

    def compute(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """See interface.Engine."""
        return self.thread.run(function, *arguments)

    def attention(self, model: str, ids: Sequence[int], position: int) -> list[float]:
        """See interface.Engine."""
        source = self.source(str(model))
        if "attention" not in source.can:
            raise RequestError(f"{source.record.title} cannot {CAPABILITIES['attention']}.")
        return self.thread.run(source.attention, ids, position)

    def lanes(self, request: RaceRequest, keys: Keys = NO_KEYS) -> dict[str, RunningLane]:
        """The lanes of a request by key, in the order of the page. Raises RequestError if a model cannot run its lane.

        Where the lanes have different tokenizers, as many tokens are not as much text, so each lane ends its text
        itself."""
        running = self._open(request, keys)
        if request.same_length and not one_tokenizer(running.values()):
            running = with_own_ends(self._open(replace(request, same_length=False), keys))
        return with_own_texts(running)

    def _open(self, request: RaceRequest, keys: Keys) -> dict[str, RunningLane]:
        running = {}
        chosen = self._chosen(request)
        if request.picture and not request.resume and not any(_sees(source) for source, _ in chosen):
            raise RequestError(
                "No model of this race can see a picture. Take the picture away, or choose a model that can."
            )
        for entry in entries(chosen, request):
            for need in needs(entry.request, entry.source.record.kind):
                if need not in entry.source.can:
                    raise RequestError(
                        f"{entry.source.record.title} ({entry.source.record.key}) cannot {CAPABILITIES[need]}. Leave that out, or "
                        "choose another model."
                    )
            opened = replace(entry.request, picture=entry.request.picture if _sees(entry.source) else "")
            lane = replace(entry, request=opened).open(keys)
            running[entry.key] = _noted(lane, BLIND) if opened.picture != entry.request.picture else lane
        return running

    def _pair(self) -> tuple[LaneSource, ...]:
        return tuple(self.sources[key] for key in self.pair)

    def _partners(self, first: ModelRecord) -> tuple[str, ...]:
        return (first.key, first.partner) if first.partner in self.sources else (first.key,)

    def _chosen(self, request: RaceRequest) -> list[tuple[LaneSource, RaceRequest]]:
        """The model of each lane, with the request for that lane's sampler."""
        return list(zip(map(self.source, self._names(request)), self._samplers(request), strict=True))

    def _samplers(self, request: RaceRequest) -> list[RaceRequest]:
        """The request for each lane's sampler."""
        if request.resume:
            return [request]
        if request.lanes:
            lanes = lane_requests.parse(request.lanes)
            return [request.with_sampler(lane.changes, letter) for lane, letter in zip(lanes, LETTERS)]
        return [request, other] if (other := request.rival) else [request] * len(self.pair)

    def warm_up(self) -> None:
        """Run every model once and measure the device's peak, so that no race waits for them."""
        for source in self.sources.values():
            source.warm_up()
        worth(self.examples[0], "")  # loads the templates of all kinds of requests
        self.peak()

    def peak(self) -> Peak:
        """The device's peak performance, measured at the warm-up."""
        return measured_peak(self.torch_device, self.dtype)


def _sees(source: LaneSource) -> bool:
    return "picture" in source.can


def _noted(running: RunningLane, sentence: str) -> RunningLane:
    """The lane with a sentence after its note."""
    lane = running.lane
    note = " ".join(filter(None, (lane.about.get("note"), sentence)))
    return replace(running, lane=replace(lane, about={**lane.about, "note": note}))


def entries(chosen: Sequence[tuple[LaneSource, RaceRequest]], race: RaceRequest) -> list[Entry]:
    """The lanes with their keys, titles, letters and slots. If a model has several lanes, their titles name the
    settings in which the samplers differ. A lane holds its sampler's settings if its model has several lanes, or if
    they are not the race's. chosen: the model of each lane, with the request for its sampler; race: the race's
    request."""
    records = [source.record for source, _ in chosen]
    keys, slots = _keys(records), _slots(records)
    samplers, of_race = [_sampler(request) for _, request in chosen], _sampler(race)
    found = []
    for n, (source, request) in enumerate(chosen):
        title = source.record.title
        about: dict[str, Any] = {"model": source.record.key, "slot": slots[n]}
        same = [at for at, record in enumerate(records) if record.key == source.record.key]
        if len(same) > 1:
            place = same.index(n)
            title = rival.titles(*(samplers[at] for at in same))[place]
            about["letter"] = LETTERS[place]
        elif sum(record.title == source.record.title for record in records) > 1:
            title = f"{title}: {source.record.key}"
        if len(same) > 1 or samplers[n] != of_race:
            about["settings"] = samplers[n]
        found.append(Entry(source, request, keys[n], title, about))
    return found


def _sampler(request: RaceRequest) -> dict[str, Any]:
    """The settings of a request's sampler, by name."""
    values = request.to_json()
    return {name: values[name] for name in rival.SAMPLER}


def _keys(records: Sequence[ModelRecord]) -> list[str]:
    """The key of each lane: its kind, with the suffix ``.b`` or ``.c`` for the second or third lane of that kind."""
    kinds = [record.kind for record in records]
    return [kind + ("", ".b", ".c")[kinds[:n].count(kind)] for n, kind in enumerate(kinds)]


def _slots(records: Sequence[ModelRecord]) -> list[str]:
    """The palette slot of each lane: the preferred one of its kind that is still free."""
    taken: list[str] = []
    for record in records:
        taken.append(next(slot for slot in SLOTS[record.kind] if slot not in taken))
    return taken
