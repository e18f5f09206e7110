"""One running race: it turns lanes into a growing trace and adds the verdict at the end.

Lanes of this device race fairly (race.py). Lanes apart run beside them (beside.py) and change nothing about them.
"""

from __future__ import annotations

import logging
import threading
import traceback
import uuid
from collections.abc import Callable, Collection, Generator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from playground.device.pauses import disturbance
from playground.engine.beside import DEVICE, Beside, Ended, Put
from playground.engine.idle_settings import idle, idle_draw
from playground.engine.lane_source import LaneSource
from playground.engine.own_tokens import one_tokenizer
from playground.engine.provenance import provenance
from playground.engine.race import race
from playground.errors import PlaygroundError
from playground.estimates.elsewhere import SMALL, elsewhere
from playground.interface import nobody
from playground.metrics.lane_metrics import LaneMeasures, reply
from playground.metrics.replies import Worth, worth
from playground.metrics.score import Score
from playground.metrics.verdict import verdict
from playground.request.race_request import RaceRequest
from playground.served.keys import NO_KEYS, Keys
from playground.trace.served import faults_of, note_of
from playground.trace.trace import Frame, Lane, Trace

if TYPE_CHECKING:
    from playground.engine.engine import RaceEngine

OUTSIDE = "This prompt is far from anything {} were trained on, so expect nonsense. They do these well:"
ELSEWHERE = "servers elsewhere"
BROKE_OFF = "This lane broke off with an error of this page; the server log has the details. Its text so far stays."
ENDED_EARLY = "This lane ended before its text did. What it sent stays."

log = logging.getLogger(__name__)


class RaceRun:
    """An ``interface.Run``. Its constructor and its forward passes run on the engine's thread, but for a race of lanes
    apart only, which needs no device."""

    def __init__(self, engine: RaceEngine, request: RaceRequest, keys: Keys = NO_KEYS) -> None:
        self._engine, self._request, self._stop = engine, request, threading.Event()
        self.lanes = engine.lanes(request, keys)
        self._sources = {key: engine.source(run.lane.about["model"]) for key, run in self.lanes.items()}
        self.apart = frozenset(key for key, run in self.lanes.items() if run.apart)
        self._here = {key: run for key, run in self.lanes.items() if not run.apart}
        self._beside = Beside(
            self._on_device if self._here else None, {key: self.lanes[key] for key in self.lanes if key in self.apart}
        )
        self._scores: dict[str, Score | None] = {}  # of the lanes of this device, when they are finished
        self._disturbed = ""
        self.notice: str | None = None
        self.offers: tuple[str, ...] = ()
        if self._outside():
            family = self._sources[next(iter(self._here))].record.family
            self.notice, self.offers = OUTSIDE.format(family), engine.examples[:3]
        self.trace = Trace(
            run={
                "id": uuid.uuid4().hex[:12],
                **request.to_json(),
                "same_length": request.same_length and one_tokenizer(self.lanes.values()),
                "prompt_text": next(iter(self.lanes.values())).text,
                "checkpoints": {source.record.key: source.hash for source in self._known()},
                "device_name": engine.device if self._here else ELSEWHERE,
                **provenance(engine.torch_device, engine.dtype),
            },
            lanes=tuple(run.lane for run in self.lanes.values()),
        )
        self._note(self.apart)

    def _note(self, keys: Collection[str]) -> None:
        """Bring served lanes in the trace in line with what is now known of them."""
        self.trace.lanes = tuple(
            noted(self.lanes[lane.key].lane) if lane.key in keys else lane for lane in self.trace.lanes
        )

    def _known(self) -> dict[LaneSource, None]:
        """The models of this device's lanes and the partners of these models, each once, in order."""
        found: dict[LaneSource, None] = {}
        for source in (self._sources[key] for key in self._here):
            found[source] = None
            if partner := self._engine.partner(source):
                found[partner] = None
        return found

    def _scorer(self) -> LaneSource | None:
        """The one model that scores the texts of all lanes and checks the prompt; None if no model can
        "score"."""
        return next((source for source in self._known() if "score" in source.can), None)

    def _outside(self) -> bool:
        """Whether the prompt is far from everything that the models of this device were trained on."""
        run, scorer = next(iter(self._here.values()), None), self._scorer()
        return bool(run and scorer and run.known_by_words and scorer.outside(self._request.prompt, run.text))

    def stop(self) -> None:
        self._stop.set()
        self._beside.stop()

    def clocks(self) -> Mapping[str, float]:
        """See interface.Run."""
        return self._beside.clocks()

    def frames(
        self, freed: Callable[[], Any] = nobody, ended: Callable[[Lane, str], Any] = nobody
    ) -> Generator[Frame, None, None]:
        """See interface.Run. With lanes apart it must not be read on the engine's thread."""
        frames = self._side_by_side(freed, ended) if self.apart else self._alone()
        self.trace.ended = "stopped"  # until the last frame arrives: closing this generator also counts as a stop
        try:
            yield from frames
        except Exception:
            self.trace.ended = "error"
            raise
        finally:
            frames.close()

    def _alone(self) -> Generator[Frame, None, None]:
        """A race of this device's lanes only."""
        thread, frames = self._engine.thread, self._concluded()
        try:
            while (frame := thread.run(next, frames, None)) is not None:
                yield frame
        finally:
            thread.run(frames.close)

    def _concluded(self) -> Generator[Frame, None, None]:
        yield from self._raced(self.trace)
        self._conclude()

    def _side_by_side(
        self, freed: Callable[[], Any], ended: Callable[[Lane, str], Any]
    ) -> Generator[Frame, None, None]:
        """The fair race, and lanes apart beside it."""
        try:
            for item in self._beside.items():
                if isinstance(item, Frame):
                    self.trace.frames.append(item)
                    yield item
                elif item.name == DEVICE:
                    freed()
                    if item.error is not None:
                        raise item.error
                else:
                    self._lane_ended(item, ended)
        finally:
            self.stop()
        self._conclude()

    def _lane_ended(self, item: Ended, ended: Callable[[Lane, str], Any]) -> None:
        """Note how a lane apart ended, and what it then knew of itself."""
        self._note({item.name})
        fault = self._fault(item)
        if fault:
            self.trace.run.setdefault("faults", {})[item.name] = fault
        ended(self.trace.lane(item.name), fault)

    def _fault(self, item: Ended) -> str:
        """Why a lane failed, in a sentence; empty for a lane that finished or was stopped."""
        if item.name in finals(self.trace) or self._stop.is_set():
            return ""
        if isinstance(item.error, PlaygroundError):
            return str(item.error)
        if item.error is None:
            return ENDED_EARLY
        # Without its message, which may quote what was sent: a key, for example.
        where = "".join(traceback.format_tb(item.error.__traceback__))
        log.error("A lane failed with %s.\n%s", type(item.error).__name__, where)
        return BROKE_OFF

    def _on_device(self, put: Put) -> None:
        """Run the fair race on the engine's thread. Nobody else computes there meanwhile, nor between two passes."""
        self._engine.thread.run(self._run_through, put)

    def _run_through(self, put: Put) -> None:
        # A trace of its own: that of the run has each frame when it is read.
        for frame in self._raced(Trace(self.trace.run, tuple(run.lane for run in self._here.values()))):
            put(frame)

    def _raced(self, trace: Trace) -> Generator[Frame, None, None]:
        """The fair race, added to a trace, and at its end what only the engine's thread can measure."""
        running = race({key: run.frames for key, run in self._here.items()}, self._stop.is_set)
        try:
            for frame in running:
                trace.frames.append(frame)
                yield frame
        finally:
            running.close()
        if finals(trace) >= self._here.keys():
            self._scores = self._scored(trace)
            self._disturbed = self._disturbance(trace)

    def _conclude(self) -> None:
        """Set how the race ended; add the verdict if every lane is final or failed, and one of them is final. A stop
        after that changes nothing."""
        done = finals(self.trace)
        if not done | faults_of(self.trace).keys() >= self.lanes.keys():
            return
        self.trace.ended = "done" if done else "error"
        if not done:
            return
        self.trace.verdict = verdict(
            self.trace,
            {key: score and score.perplexity for key, score in self._scores.items()},
            self._engine.device,
            {key: run.tally.total for key, run in self.lanes.items() if run.tally},
            self._engine.peak() if self._here else None,
            self._idle,
            self._worths(done),
            self._called(),
            {key: score and score.bits_per_byte for key, score in self._scores.items()},
            {key: run.original for key, run in self._here.items() if run.original},
            elsewhere(self.trace) if self._small() else None,
        )
        if self._disturbed:
            self.trace.verdict["disturbed"] = self._disturbed

    def _small(self) -> bool:
        """Whether all models of the race are small, so that the clock here says little about large ones."""
        return all(run.tally and run.tally.shape.parameters < SMALL for run in self.lanes.values())

    def _disturbance(self, trace: Trace) -> str:
        """A sentence on the time for which the lanes had no processor core; empty if it is negligible."""
        clocks = {frame.lane: frame.t_ms for frame in trace.frames}
        return disturbance(
            {key: run.tally.paused_ms for key, run in self._here.items() if run.tally},
            clocks,
            {lane.key: lane.title for lane in trace.lanes},
        )

    def _idle(self, lane: Lane, figures: LaneMeasures) -> list[str]:
        """Sentences on settings that had no effect in a lane."""
        settings = {**self._request.to_json(), **lane.about.get("settings", {})}
        name, tally = lane.about.get("letter") or lane.title.lower(), self.lanes[lane.key].tally
        return [
            *(idle(name, settings, tally, figures) if lane.kind == "diffusion" and tally else ()),
            *idle_draw(settings),
        ]

    def _worths(self, done: Collection[str]) -> dict[str, Worth]:
        """The check of each finished lane's reply, by key of the lane; lanes that answer no request are left out."""
        return {
            key: worth(run.asked, reply(self.trace, key))
            for key, run in self.lanes.items()
            if run.asked is not None and key in done
        }

    def _called(self) -> str:
        """The model that scores, in a sentence."""
        scorer = self._scorer()
        return scorer.record.called or scorer.record.title if scorer else ""

    def _scored(self, trace: Trace) -> dict[str, Score | None]:
        """The score of the text of each lane of this device given its prompt, by key of the lane; None if no model can
        score it. One model scores all lanes. It gets text, not token ids, so a lane may have another tokenizer."""
        scorer = self._scorer()
        return {key: scorer.score(run.given, reply(trace, key)) if scorer else None for key, run in self._here.items()}


def finals(trace: Trace) -> set[str]:
    """The keys of the lanes that reached their last frame."""
    return {frame.lane for frame in trace.frames if frame.phase == "final"}


def noted(lane: Lane) -> Lane:
    """A served lane whose note says what a reader must know of it, after what its source noted."""
    note = " ".join(filter(None, (lane.about.get("note"), note_of(lane))))
    return replace(lane, about={**lane.about, "note": note})
