"""The engine as the page sees it: a request in, a running trace out. (Concrete twins arrive with ``catalog``.)

Data flows one way: text -> token ids -> lanes -> race -> trace. Nothing here knows how a trace is shown.
"""
from __future__ import annotations

from typing import Iterator, Protocol

from playground.request import RaceRequest
from playground.trace import Frame, Trace


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
    """Loaded models. ``start`` is cheap and raises PlaygroundError; passes happen in ``Run.frames``."""

    knows: str  # one line: what the models know
    examples: tuple[str, ...]  # prompts they do well
    device: str  # e.g. "2 CPU cores"

    def start(self, request: RaceRequest) -> Run: ...
