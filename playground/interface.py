"""What the page knows of an engine: two protocols, and the stand-in for one that could not be loaded. No torch here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from playground.catalog.records import ModelRecord
from playground.errors import PlaygroundError
from playground.request.race_request import LENGTHS, RaceRequest
from playground.trace.trace import Frame, Trace


class Run(Protocol):
    """One race under way. ``trace`` starts with its header (run, lanes) and no frames, and grows as frames are read."""

    trace: Trace
    notice: str | None  # a sentence for the visitor, e.g. that the prompt lies outside what the twins know
    offers: tuple[str, ...]  # prompts that work, shown with the notice

    def frames(self) -> Iterator[Frame]:
        """Frames in common-clock order; one forward pass per ``next()`` after the lanes' frame 0. When it ends,
        ``trace.verdict`` and ``trace.ended`` are set. Close it to stop."""

    def stop(self) -> None:
        """Ask for the end between two passes; safe from any thread."""


class Engine(Protocol):
    """Loaded models. ``start`` takes one short forward pass at most and raises PlaygroundError; the race itself happens
    in ``Run.frames``."""

    knows: str  # one line: what the models know
    examples: tuple[str, ...]  # prompts they do well
    kinds: tuple[
        tuple[str, str], ...
    ]  # kinds of requests that they know, each in words with a prompt; empty where nobody says
    device: str  # e.g. "2 CPU cores"
    device_kind: str  # cpu, cuda or mps; empty where nothing is loaded
    longest: int  # tokens of text that fit beside a prompt of ordinary length
    made: Mapping[
        str, str
    ]  # what else decides tokens, in few words: "on" (the device's model) and versions of libraries
    weights: str  # a short hash of all weights, for links; empty where nothing is loaded
    models: tuple[ModelRecord, ...]  # that can be lanes; the first races its partner where nobody chooses
    can: Mapping[str, frozenset[str]]  # by key of a model, what it can do (catalog.records.CAPABILITIES)
    checkpoints: Mapping[str, str]  # by key of a model, the hash of its weights, as a trace's run.checkpoints gives it

    def start(self, request: RaceRequest) -> Run: ...

    def attention(self, model: str, ids: Sequence[int], position: int) -> list[float]:
        """What a model, named by its key or its kind, looked at when it chose the token at a position of a canvas: one weight
        a position, mean over heads and layers, in sum 1. One forward pass. Raises PlaygroundError."""

    def compute(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call a function where the engine computes and wait for it: a whole race made there hops between no threads."""


class BrokenEngine:
    """Stands in where no model could be loaded: whoever asks for a run is told why and what to do."""

    examples: tuple[str, ...] = ()
    kinds: tuple[tuple[str, str], ...] = ()
    device_kind = weights = ""
    longest = LENGTHS[1]
    models: tuple[ModelRecord, ...] = ()
    can: Mapping[str, frozenset[str]] = {}
    checkpoints: Mapping[str, str] = {}
    made: Mapping[str, str] = {}

    def __init__(self, why: PlaygroundError):
        self._why = why
        self.knows, self.device = "No model is loaded; recorded runs can be played.", "no device"

    def compute(self, function: Callable[..., Any], *arguments: Any) -> Any:
        return function(*arguments)

    def start(self, request: RaceRequest) -> Run:
        raise self._why.with_traceback(None)  # one error, raised often: it must not gather every caller's frames

    def attention(self, model: str, ids: Sequence[int], position: int) -> list[float]:
        raise self._why.with_traceback(None)
