"""What a race needs of a model. Every model, local or remote, joins a race through the protocol LaneSource."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from playground.catalog.asks import OF_SETTINGS, of_rule
from playground.catalog.records import CAPABILITIES, ModelRecord
from playground.engine.tally import Tally
from playground.metrics.score import Score
from playground.request.fields import RequestError
from playground.request.race_request import RaceRequest
from playground.request.rules import AXES
from playground.request.settings_table import SETTINGS
from playground.served.keys import Keys
from playground.trace.trace import Frame, Lane


@dataclass(frozen=True)
class RunningLane:
    """A lane that is ready to run."""

    lane: Lane  # its header in the trace
    frames: Iterator[Frame]  # each ``next()`` runs one forward pass
    text: str  # the model's input, as a reader would write it
    given: str  # the part of ``text`` before the first position that the lane may write: context for its perplexity
    asked: str | None = None  # the visitor's request, as typed; None if the lane writes no reply to one
    known_by_words: bool = (
        True  # whether ``text`` holds the visitor's whole prompt and nothing else, so that ``outside`` applies
    )
    tally: Tally | None = None  # the cost of its passes; None if the source does not count it
    apart: bool = False  # runs beside the fair race: ``frames`` blocks, and its times are the wall clock
    original: Sequence[int] = ()  # token ids of the text that the lane mends, prompt included; empty if it mends none
    stop: Callable[[], None] | None = None  # ends blocking ``frames`` at once; any thread may call it, more than once


class LaneSource(Protocol):
    """One model that can be a lane."""

    record: ModelRecord
    can: frozenset[str]  # what the model can do: keys of catalog.records.CAPABILITIES
    hash: str  # of its weights
    kinds: tuple[tuple[str, str], ...]  # the kinds of requests that it knows: a name and an example prompt each

    def lane(self, request: RaceRequest, key: str, title: str, about: Mapping[str, Any]) -> RunningLane:
        """A lane that is ready to run. Raises RequestError if the request does not fit this model. It may be called
        again for the same race, before any pass.

        key, title: of the lane. about: the race's entries for ``Lane.about``; the source adds its own, among them
        "tokenizer", a hash: lanes with equal hashes cut text into the same tokens (text/fingerprint.py).
        """

    def warm_up(self) -> None:
        """Run once, so that no race measures the one-time setup of a library."""

    def attention(self, ids: object, position: object) -> list[float]:
        """See interface.Engine. Called only if ``can`` holds "attention"."""

    def score(self, given: str, text: str) -> Score | None:
        """The score of ``text`` after the text before it; None for an empty text, or for more than the model reads. Any
        model may have written the text. Called only if ``can`` holds "score"."""

    def outside(self, prompt: str, text: str) -> bool:
        """Whether a prompt is far from the model's training text. text: the prompt in the model's template. Called only
        if ``can`` holds "score"."""


class Keyed(LaneSource, Protocol):
    """A LaneSource whose record is served: it asks over the network, with a key."""

    def lane(
        self, request: RaceRequest, key: str, title: str, about: Mapping[str, Any], keys: Keys = ...
    ) -> RunningLane:
        """As in LaneSource. keys: what the visitor gave for this run, see ``key_of`` of served/keys.py; the source keeps
        them only in the frames of ``RunningLane.frames``."""


class WritesOnly:
    """The part of a LaneSource that writes and can do nothing else: no "attention" and no "score" in ``can``."""

    record: ModelRecord

    def attention(self, ids: object, position: object) -> list[float]:
        """See LaneSource. Raises RequestError."""
        raise RequestError(f"{self.record.title} cannot {CAPABILITIES['attention']}.")

    def score(self, given: str, text: str) -> Score | None:
        """See LaneSource: no score."""
        return None

    def outside(self, prompt: str, text: str) -> bool:
        """See LaneSource: it cannot tell, and so warns of nothing."""
        return False


def needs(request: RaceRequest, kind: str) -> Sequence[str]:
    """The keys of the capabilities that a request needs of a lane. kind: of the lane's model."""
    taken = {name for name, setting in SETTINGS.items() if kind in setting.lanes}
    changed = [name for name in OF_SETTINGS if name in taken and getattr(request, name) != SETTINGS[name].default]
    rules = [of_rule(axis, getattr(request, axis)) for axis in AXES if axis in taken]
    blanks = "___" in request.prompt and not request.share and not request.resume
    named = ["branch"] * bool(request.resume) + ["blanks"] * blanks
    return list(dict.fromkeys(filter(None, [*named, *(OF_SETTINGS[name] for name in changed), *rules])))
