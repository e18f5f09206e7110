"""What a race needs of a model, whoever runs it: the seam at which a second, third or remote model joins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from playground.catalog.records import ModelRecord
from playground.engine.tally import Tally
from playground.request.race_request import RaceRequest
from playground.trace.trace import Frame, Lane


@dataclass(frozen=True)
class RunningLane:
    """A lane about to run. Its frames are made one forward pass at a time, as they are read."""

    lane: Lane  # its header
    frames: Iterator[Frame]
    text: str  # what the model was given, as a reader would write it
    given: str  # the part of that text before the lane's own positions: what it wrote is scored after it
    asked: str | None = None  # the request that its text answers, as typed; None where no reply follows
    known_by_words: bool = (
        True  # whether the text is a visitor's whole prompt, so that its words tell if the models know such
    )
    tally: Tally | None = None  # what its passes take; None where nobody counts


class LaneSource(Protocol):
    """One model that can be a lane."""

    record: ModelRecord
    can: frozenset[str]  # names of catalog.records.CAPABILITIES
    hash: str  # of its weights
    kinds: tuple[tuple[str, str], ...]  # kinds of requests that it knows, each in words with a prompt

    def lane(self, request: RaceRequest, key: str, title: str, about: Mapping[str, Any]) -> RunningLane:
        """Ready to run. key and title: of the lane; about: what the race says of it, which joins the lane's own. Raises
        RequestError where the request does not fit this model."""

    def warm_up(self) -> None:
        """Run once, so that no visitor's clock holds a library's first-call work."""

    def attention(self, ids: object, position: object) -> list[float]:
        """See interface.Engine. Only of a source that can "attention"."""

    def perplexity(self, given: str, text: str) -> float | None:
        """Of a text after another, whoever wrote it, per token of this model; None for no text. Only of one that can "score"."""

    def outside(self, prompt: str, text: str) -> bool:
        """Whether a prompt is unlike all that the model knows; text: the same as its template wraps it. Only of one that can
        "score"."""


def needs(request: RaceRequest, kind: str) -> Sequence[str]:
    """The capabilities that a request asks of a lane of a kind."""
    asked = {
        "branch": request.resume is not None,
        "mend": request.share > 0,
        "places": bool(request.places or request.ending),
        "blanks": "___" in request.prompt and not request.share and not request.resume,
        "guidance": request.guidance > 0 and kind == "diffusion",
    }
    return [name for name, is_asked in asked.items() if is_asked]
