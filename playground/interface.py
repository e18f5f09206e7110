"""The interface between page and engine: two protocols, and an engine for the case that no model could be loaded. No
torch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from playground.catalog.records import ModelRecord
from playground.download.machine import Memory, machine_memory
from playground.errors import PlaygroundError
from playground.request.race_request import LENGTHS, RaceRequest
from playground.served.keys import NO_KEYS, Keys
from playground.trace.trace import Frame, Lane, Trace


def nobody(*news: Any) -> None:
    """Nobody listens."""


class Run(Protocol):
    """One running race."""

    trace: Trace  # at first only the header (run, lanes); each frame is added when it is read
    notice: str | None  # a sentence for the visitor, e.g. that the prompt is far from the training text
    offers: tuple[str, ...]  # example prompts, shown with the notice
    apart: frozenset[str]  # keys of the served lanes, which run beside the race on the wall clock; often empty

    def frames(self, freed: Callable[[], Any] = nobody, ended: Callable[[Lane, str], Any] = nobody) -> Iterator[Frame]:
        """The frames of all lanes in order of the lanes' clocks: frame 0 of each lane, then one forward pass per
        ``next()``. At the end, ``trace.verdict`` and ``trace.ended`` are set. Close the iterator to stop the race.

        With lanes apart, ``next()`` gives what arrives next, and the engine computes on its own thread; read it on
        another one. freed: called when the race needs the device no more. ended: called when a lane apart ends, with
        the lane as it is now known and the sentence that says why it failed, or "". Then ``trace.run["faults"]`` has
        that sentence too.
        """

    def clocks(self) -> Mapping[str, float]:
        """The wall clock in ms of each lane apart that still runs, by key. Any thread may call this."""
        ...

    def stop(self) -> None:
        """End the race before its next pass, and a lane apart at once. Safe to call from any thread."""


@dataclass(frozen=True)
class ModelState:
    """Where a model of the catalog is, and whether it can be put on the stage."""

    key: str  # of its record
    state: Literal["loaded", "here", "absent", "waiting", "running", "stopped", "failed", "present", "served"]
    sentence: str = ""  # why it cannot be loaded or downloaded, or how its download ended, and the way on; may be empty
    share: float | None = None  # of a running download that is done, 0 to 1
    done: int = 0  # bytes of a running download that are here
    rate: float = 0.0  # bytes a second of a running download, lately
    before: int = 0  # of a waiting download: how many come first
    memory: int = 0  # bytes of memory that it takes here, about; 0 if its size is not known


@dataclass(frozen=True)
class Room:
    """What a machine has for models, now."""

    memory: Memory
    disk: int | None = None  # bytes that are free where downloads go; None if nothing can be downloaded
    downloads: bool = False  # whether visitors may download models


class Engine(Protocol):
    """Loaded models, ready to race."""

    knows: str  # one line on what the models know
    examples: tuple[str, ...]  # prompts that the models do well
    kinds: tuple[tuple[str, str], ...]  # kinds of requests that they know: name and example prompt; may be empty
    device: str  # in words, e.g. "2 CPU cores"
    device_kind: str  # cpu, cuda or mps; empty if no model is loaded
    longest: int  # tokens: the longest text that fits the context beside a prompt of ordinary length
    made: Mapping[str, str]  # what else affects tokens: the device's model as "on", and versions of libraries by name
    weights: str  # a short hash of all weights, for links; empty if no model is loaded
    pair: tuple[str, ...]  # keys of the models that race by default

    @property
    def models(self) -> tuple[ModelRecord, ...]:
        """The models that a race may name. Some may have to be loaded first."""

    @property
    def can(self) -> Mapping[str, frozenset[str]]:
        """Key of a loaded model -> its capabilities: keys of catalog.records.CAPABILITIES."""

    @property
    def checkpoints(self) -> Mapping[str, str]:
        """Key of a loaded model -> hash of its weights, as in a trace's run.checkpoints."""

    def to_load(self, request: RaceRequest) -> str:
        """What ``prepare`` would load for a race, in a sentence; empty if every model is loaded. Raises
        PlaygroundError."""
        ...

    def prepare(self, request: RaceRequest) -> None:
        """Load the models that a race names and that are not loaded. May take minutes. Raises PlaygroundError."""

    def raced(self, request: RaceRequest) -> tuple[ModelRecord, ...]:
        """The model of each lane of a race, in the order of the page. Some may have to be loaded first. Raises
        PlaygroundError for a model that is not here."""
        ...

    def start(self, request: RaceRequest, keys: Keys = NO_KEYS) -> Run:
        """A race that is ready to run. Takes at most one short forward pass. Raises PlaygroundError.

        keys: what the visitor gave for this run; only lanes on servers get it."""
        ...

    def stock(self) -> tuple[ModelState, ...]:
        """Every model that a visitor of this page may name in a race or download, now."""
        ...

    def state(self, record: ModelRecord) -> ModelState:
        """Where the model of a record is now, also one that no race here may name."""
        ...

    def room(self) -> Room:
        """What this machine has for models."""
        ...

    def download(self, model: str) -> None:
        """Begin to download a model. Raises PlaygroundError if it may not be downloaded."""

    def stop_download(self, model: str) -> None:
        """End the download of a model; finished files stay."""

    def attention(self, model: str, ids: Sequence[int], position: int) -> list[float]:
        """The attention weights of the pass that chose the token at ``position``, averaged over heads and layers. One
        float per position, in sum 1. Takes one forward pass. Raises PlaygroundError.

        model: its key or its kind. ids: the token ids of the canvas. position: from 0.
        """

    def compute(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call a function on the engine's thread and return its result. A race that runs there as a whole switches no
        threads."""


class NothingToLoad:
    """The part of an engine that has no models besides those that are loaded."""

    can: Mapping[str, frozenset[str]] = {}

    def to_load(self, request: RaceRequest) -> str:
        return ""

    def prepare(self, request: RaceRequest) -> None:
        """Everything is loaded."""

    def raced(self, request: RaceRequest) -> tuple[ModelRecord, ...]:
        return ()

    def stock(self) -> tuple[ModelState, ...]:
        return ()

    def state(self, record: ModelRecord) -> ModelState:
        return ModelState(record.key, "loaded" if record.key in self.can else "absent")

    def room(self) -> Room:
        return Room(machine_memory())

    def download(self, model: str) -> None:
        raise PlaygroundError("Nothing can be downloaded here.")

    def stop_download(self, model: str) -> None:
        """There is none."""


class BrokenEngine(NothingToLoad):
    """The engine if no model could be loaded: ``start`` and ``attention`` raise the error that says why and what to
    do."""

    examples: tuple[str, ...] = ()
    kinds: tuple[tuple[str, str], ...] = ()
    device_kind = weights = ""
    longest = LENGTHS[1]
    pair: tuple[str, ...] = ()
    models: tuple[ModelRecord, ...] = ()
    checkpoints: Mapping[str, str] = {}
    made: Mapping[str, str] = {}

    def __init__(self, why: PlaygroundError):
        self._why = why
        self.knows, self.device = "No model is loaded; recorded runs can be played.", "no device"

    def compute(self, function: Callable[..., Any], *arguments: Any) -> Any:
        return function(*arguments)

    def start(self, request: RaceRequest, keys: Keys = NO_KEYS) -> Run:
        raise self._why.with_traceback(None)  # the same error each time: its traceback must not grow with every call

    def attention(self, model: str, ids: Sequence[int], position: int) -> list[float]:
        raise self._why.with_traceback(None)
