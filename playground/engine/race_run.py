"""One running race: it turns lanes into a growing trace and adds the verdict at the end."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING

from playground.device.pauses import disturbance
from playground.engine.idle_settings import idle, idle_draw
from playground.engine.lane_source import LaneSource
from playground.engine.own_tokens import one_tokenizer
from playground.engine.provenance import provenance
from playground.engine.race import race
from playground.metrics.lane_metrics import LaneMeasures, reply
from playground.metrics.replies import Worth, worth
from playground.metrics.score import Score
from playground.metrics.verdict import verdict
from playground.request.race_request import RaceRequest
from playground.served.keys import NO_KEYS, Keys
from playground.trace.trace import Frame, Lane, Trace

if TYPE_CHECKING:
    from playground.engine.engine import RaceEngine

OUTSIDE = "This prompt is far from anything {} were trained on, so expect nonsense. They do these well:"


class RaceRun:
    """An ``interface.Run``. Its constructor and its forward passes run on the engine's thread."""

    def __init__(self, engine: RaceEngine, request: RaceRequest, keys: Keys = NO_KEYS) -> None:
        self._engine, self._request, self._stop = engine, request, threading.Event()
        self.lanes = engine.lanes(request, keys)
        self._sources = {key: engine.source(run.lane.about["model"]) for key, run in self.lanes.items()}
        self.notice: str | None = None
        self.offers: tuple[str, ...] = ()
        if self._outside():
            family = next(iter(self._sources.values())).record.family
            self.notice, self.offers = OUTSIDE.format(family), engine.examples[:3]
        self.trace = Trace(
            run={
                "id": uuid.uuid4().hex[:12],
                **request.to_json(),
                "same_length": request.same_length and one_tokenizer(self.lanes.values()),
                "prompt_text": next(iter(self.lanes.values())).text,
                "checkpoints": {source.record.key: source.hash for source in self._known()},
                "device_name": engine.device,
                **provenance(engine.torch_device, engine.dtype),
            },
            lanes=tuple(run.lane for run in self.lanes.values()),
        )

    def _known(self) -> dict[LaneSource, None]:
        """The models of the lanes and the partners of these models, each once, in order."""
        found: dict[LaneSource, None] = {}
        for source in self._sources.values():
            found[source] = None
            if partner := self._engine.partner(source):
                found[partner] = None
        return found

    def _scorer(self) -> LaneSource | None:
        """The one model that scores the texts of all lanes and checks the prompt; None if no model can
        "score"."""
        return next((source for source in self._known() if "score" in source.can), None)

    def _outside(self) -> bool:
        """Whether the prompt is far from everything the models were trained on."""
        run, scorer = next(iter(self.lanes.values())), self._scorer()
        return bool(scorer and run.known_by_words and scorer.outside(self._request.prompt, run.text))

    def stop(self) -> None:
        self._stop.set()

    def frames(self) -> Iterator[Frame]:
        """See interface.Run."""
        thread, frames = self._engine.thread, self._frames()
        try:
            while (frame := thread.run(next, frames, None)) is not None:
                yield frame
        finally:
            thread.run(frames.close)

    def _frames(self) -> Generator[Frame, None, None]:
        running = race({key: run.frames for key, run in self.lanes.items()}, self._stop.is_set)
        self.trace.ended = "stopped"  # until the last frame arrives: closing this generator also counts as a stop
        try:
            for frame in running:
                self.trace.frames.append(frame)
                yield frame
        except Exception:
            self.trace.ended = "error"
            raise
        finally:
            running.close()
        if self._finished():
            self.trace.ended = "done"
            scores = self._scores()
            self.trace.verdict = verdict(
                self.trace,
                {key: score and score.perplexity for key, score in scores.items()},
                self._engine.device,
                {key: run.tally.total for key, run in self.lanes.items() if run.tally},
                self._engine.peak(),
                self._idle,
                self._worths(),
                self._called(),
                {key: score and score.bits_per_byte for key, score in scores.items()},
            )
            if disturbed := self._disturbance():
                self.trace.verdict["disturbed"] = disturbed

    def _finished(self) -> bool:
        """Whether every lane reached its last frame. A stop after that changes nothing."""
        ends = {frame.lane for frame in self.trace.frames if frame.phase == "final"}
        return ends == {lane.key for lane in self.trace.lanes}

    def _disturbance(self) -> str:
        """A sentence on the time for which the lanes had no processor core; empty if it is negligible."""
        clocks = {frame.lane: frame.t_ms for frame in self.trace.frames}
        return disturbance(
            {key: run.tally.paused_ms for key, run in self.lanes.items() if run.tally},
            clocks,
            {lane.key: lane.title for lane in self.trace.lanes},
        )

    def _idle(self, lane: Lane, figures: LaneMeasures) -> list[str]:
        """Sentences on settings that had no effect in a lane."""
        settings = {**self._request.to_json(), **lane.about.get("settings", {})}
        name, tally = lane.about.get("letter") or lane.title.lower(), self.lanes[lane.key].tally
        return [
            *(idle(name, settings, tally, figures) if lane.kind == "diffusion" and tally else ()),
            *idle_draw(settings),
        ]

    def _worths(self) -> dict[str, Worth]:
        """The check of each lane's reply, by key of the lane; lanes that answer no request are left out."""
        return {
            key: worth(run.asked, reply(self.trace, key)) for key, run in self.lanes.items() if run.asked is not None
        }

    def _called(self) -> str:
        """The model that scores, in a sentence."""
        scorer = self._scorer()
        return scorer.record.called or scorer.record.title if scorer else ""

    def _scores(self) -> dict[str, Score | None]:
        """The score of each lane's text given its prompt, by key of the lane; None if no model can score it. One
        model scores all lanes. It gets text, not token ids, so a lane may have another tokenizer."""
        scorer = self._scorer()
        return {
            key: scorer.score(run.given, reply(self.trace, key)) if scorer else None for key, run in self.lanes.items()
        }
