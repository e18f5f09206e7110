"""The engine: a request in, a running trace out (``contract.Engine``).

Data flows one way: text -> token ids -> lanes -> race -> trace. Nothing here knows how a trace is shown.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import torch

from playground.catalog.records import TwinRecord
from playground.decoders import fastest_decoder
from playground.decoders.checkpoint import Checkpoint
from playground.decoders.cuda_graphs import BUCKET
from playground.decoders.perplexity import nats, perplexity
from playground.device.device import describe_device
from playground.device.pauses import disturbance
from playground.device.peak import measured_peak
from playground.device.thread import DeviceThread
from playground.engine import attention
from playground.engine.familiar import outside
from playground.engine.frames import frames
from playground.engine.idle_settings import idle, idle_draw
from playground.engine.knowledge import knowledge
from playground.engine.opening import Opening, opening
from playground.engine.provenance import commit, joint_hash, made_on, provenance
from playground.engine.race import race
from playground.engine.tally import Tally
from playground.metrics.cost import DecoderShape, Peak
from playground.metrics.lane_metrics import LaneMeasures, reply, written_ids
from playground.metrics.replies import Worth, worth
from playground.metrics.verdict import verdict
from playground.request.fields import RequestError
from playground.request.race_request import RaceRequest
from playground.request.rival import SAMPLER, titles
from playground.request.rules import CACHES
from playground.samplers.autoregressive import AutoregressSettings, autoregress
from playground.samplers.canvas import Canvas
from playground.samplers.diffusion.sampler import denoise
from playground.samplers.noise import Noise
from playground.samplers.passes import Pass
from playground.text.prompts import kind, lead
from playground.text.token_ids import plain_ids
from playground.text.token_text import Pieces
from playground.trace.trace import Frame, Lane, Trace


class LaneRun(NamedTuple):
    """A lane about to run: its header, its frames, and what their passes have taken so far."""

    lane: Lane
    frames: Iterator[Frame]
    tally: Tally


class TwinEngine:
    """Both twins on one device, ready to race. thread: where all their computing happens, whoever asks."""

    def __init__(
        self, diffusion: Checkpoint, ar: Checkpoint, record: TwinRecord, device: torch.device, thread: DeviceThread
    ):
        room = min(twin.model.config.max_position_embeddings for twin in (diffusion, ar))
        record = replace(record, context=min(record.context, room))
        self.diffusion, self.ar, self.record, self._device, self.thread = diffusion, ar, record, device, thread
        self.knows, self.examples, self.device = record.knows, record.examples, describe_device(device)
        self.kinds = knowledge() if "notice" in ar.evaluation else ()
        self.longest = record.longest
        self.made: Mapping[str, str] = made_on(device)
        commit()  # as the source is now that it was loaded
        self.device_kind, self.weights = device.type, joint_hash(diffusion.hash, ar.hash)
        self.checkpoints: Mapping[str, str] = {"diffusion": diffusion.hash, "ar": ar.hash}
        self.pieces, self.noise = Pieces(diffusion.tokenizer), Noise.of(diffusion.tokenizer)
        self.decoders = {"diffusion": fastest_decoder(diffusion.model), "ar": fastest_decoder(ar.model)}

    def encode(self, text: str) -> list[int]:
        """Token ids; the names of special tokens in a prompt are ordinary text."""
        return plain_ids(text, self.diffusion.tokenizer)

    def open(self, request: RaceRequest) -> Opening:
        """The canvas of a request. Raises RequestError where its words or its length do not fit these models."""
        start = opening(request, self.encode, self.noise)
        canvas, room = start.canvas, self.record.context
        if max(canvas.ids) >= self.decoders["diffusion"].vocabulary:
            raise RequestError(
                "The frame to go on from holds tokens that these models do not have. Open it with its own models."
            )
        if canvas.length >= room:
            raise RequestError(
                f"These models read at most {room} tokens, prompt and text together, and {canvas.length} tokens of text were asked "
                f"for. Ask for at most {self.record.longest}."
            )
        if len(canvas.ids) > room:
            raise RequestError(
                f"The prompt is {canvas.start} tokens long; with {canvas.length} tokens of text at most {room - canvas.length} fit. "
                "Shorten the prompt or the text."
            )
        return start

    def start(self, request: RaceRequest) -> TwinRun:
        """Check what only the tokenizer and the AR twin can tell. Raises RequestError for a prompt that is too long."""
        return self.thread.run(self._start, request)

    def compute(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """See contract.Engine."""
        return self.thread.run(function, *arguments)

    def attention(self, kind: str, ids: Sequence[int], position: int) -> list[float]:
        """See contract.Engine."""
        checked = attention.check(kind, ids, position, self.record.context, self.decoders["diffusion"].vocabulary)
        return self.thread.run(attention.attention, {"diffusion": self.diffusion, "ar": self.ar}[kind].model, *checked)

    def _start(self, request: RaceRequest) -> TwinRun:
        start = self.open(request)
        return TwinRun(self, request, start, self._outside(request.prompt, start))

    def _outside(self, prompt: str, start: Opening) -> bool:
        """Whether a prompt is unlike all that the twins know. Of twins that learned the made text words tell (familiar.py); to others
        it must be stranger than nearly all text they were validated on."""
        known = self.ar.evaluation.get("notice")
        if known and start.familiar:
            return outside(prompt, nats(self.ar.model, self.encode(lead(prompt))), **known["nats_per_word"])
        limit = self.ar.evaluation.get("prompt_perplexity_limits", {}).get(kind(start.text))
        strangeness = perplexity(self.ar.model, start.familiar) if start.familiar else None
        return limit is not None and strangeness is not None and strangeness > limit

    def lanes(self, request: RaceRequest, start: Opening) -> dict[str, LaneRun]:
        """The headers of the lanes and their frames, in the order they are shown: both, the one that a branch goes on with, or
        two samplers. Raises RequestError where there is nothing to do."""
        if rival := request.rival:
            return self._two_samplers(request, start, rival)
        kinds = (request.resume.kind,) if request.resume else ("diffusion", "ar")
        makers = {"diffusion": self._diffusion, "ar": self._ar}
        return {kind: makers[kind](request, start.canvas) for kind in kinds}

    def _two_samplers(self, request: RaceRequest, start: Opening, rival: RaceRequest) -> dict[str, LaneRun]:
        """Lanes A and B: the same words and seed; B's noise is its own."""
        a, b = titles(request.to_json(), rival.to_json())
        return {
            "diffusion": self._diffusion(request, start.canvas, title=a, letter="A"),
            "diffusion.b": self._diffusion(rival, self.open(rival).canvas, "diffusion.b", b, letter="B"),
        }

    def _diffusion(
        self,
        request: RaceRequest,
        canvas: Canvas,
        key: str = "diffusion",
        title: str = "Diffusion",
        letter: str | None = None,
    ) -> LaneRun:
        """letter: of a lane that races another sampler, so that a reader can tell them apart in few words."""
        settings = request.denoising
        if request.share:  # a given text has its length
            settings = replace(settings, bar_end=True)
        try:
            passes = denoise(self.decoders["diffusion"], canvas, settings, self.diffusion.special, self.noise)
        except ValueError as error:
            raise RequestError(str(error)) from None
        about = {
            **self._about(request),
            "model": self.diffusion.name,
            "steps": request.steps,
            "approximate": "approximate" in CACHES[request.cache].traits,
        }
        if letter:
            about |= {"letter": letter, "settings": {name: getattr(request, name) for name in SAMPLER}}
        lane = Lane(key, "diffusion", title, canvas.start, canvas.length, about)
        return self._run(lane, passes, self.diffusion)

    def _ar(self, request: RaceRequest, canvas: Canvas) -> LaneRun:
        bar_end = request.same_length or request.share > 0
        settings = AutoregressSettings(request.temperature, request.seed, bar_end, request.top_p, request.top_k)
        try:
            passes = autoregress(self.decoders["ar"], canvas, settings, self.ar.special)
        except ValueError as error:
            raise RequestError(str(error)) from None
        about = {**self._about(request), "model": self.ar.name}
        if note := ar_limits(request, canvas):
            about["note"] = note
        lane = Lane("ar", "ar", "Autoregressive", canvas.start, canvas.length, about)
        return self._run(lane, passes, self.ar)

    def _run(self, lane: Lane, passes: Iterator[Pass], twin: Checkpoint) -> LaneRun:
        tally = Tally(DecoderShape.of(twin.model.config, self.decoders[lane.kind].dtype.itemsize))
        return LaneRun(lane, frames(lane, tally.count(passes), self.pieces, twin.special), tally)

    def _about(self, request: RaceRequest) -> dict[str, Any]:
        about = {"end_id": self.diffusion.special.end, "mask_id": self.diffusion.special.mask}
        return {**about, "parent": request.resume.parent()} if request.resume else about

    def warm_up(self) -> None:
        """Run both lanes once, so that no visitor's clock holds a library's first-call work: at every size and with every number
        of rows for which a CUDA graph is captured."""
        for length in (8, *range(BUCKET, self.record.longest + 1, BUCKET)):
            for guidance in (0.0, 1.0):
                request = RaceRequest(self.examples[0], length=length, steps=2, guidance=guidance)
                lanes = self.lanes(request, self.open(request))
                for key in lanes if not guidance else ["diffusion"]:  # AR has no guidance
                    for _ in lanes[key].frames:
                        pass
        worth(self.examples[0], "")  # reads the wordings of all requests
        self.peak()

    def peak(self) -> Peak:
        """The device's, measured at the warm-up, so that no race waits for it."""
        return measured_peak(self._device, self.decoders["ar"].dtype)


def ar_limits(request: RaceRequest, canvas: Canvas) -> str | None:
    """What an autoregressive writer cannot do here, in a sentence for the reader; None where it can do all that is asked."""
    if request.resume:
        return "It never goes back: all to the right of the first edit is written anew."
    if request.share:
        return (
            "It cannot mend a text in place, so it is told which tokens are noise and writes those anew, each without seeing what "
            "stands to its right."
        )
    if canvas.pinned:
        return "It never sees the right-hand side: it fills each gap from the left alone, and takes the given words as they come."
    return None


class TwinRun:
    """One race of the twins; a ``contract.Run``. opening: the canvas it starts from."""

    def __init__(self, engine: TwinEngine, request: RaceRequest, start: Opening, outside: bool):
        self._engine, self._request, self.opening, self._stop = engine, request, start, threading.Event()
        self._lanes = engine.lanes(request, start)
        self.notice: str | None = None
        self.offers: tuple[str, ...] = ()
        if outside:
            self.notice = (
                "This prompt is far from anything the twins were trained on, so expect nonsense. They do these well:"
            )
            self.offers = engine.examples[:3]
        twins = (engine.diffusion, engine.ar)
        self.trace = Trace(
            run={
                "id": uuid.uuid4().hex[:12],
                **request.to_json(),
                "prompt_text": start.text,
                "checkpoints": {twin.name: twin.hash for twin in twins},
                "device_name": engine.device,
                **provenance(engine.decoders["ar"].device, engine.decoders["ar"].dtype),
            },
            lanes=tuple(run.lane for run in self._lanes.values()),
        )

    def stop(self) -> None:
        self._stop.set()

    def frames(self) -> Iterator[Frame]:
        """See contract.Run."""
        thread, frames = self._engine.thread, self._frames()
        try:
            while (frame := thread.run(next, frames, None)) is not None:
                yield frame
        finally:
            thread.run(frames.close)

    def _frames(self) -> Generator[Frame, None, None]:
        running = race({key: run.frames for key, run in self._lanes.items()}, self._stop.is_set)
        self.trace.ended = "stopped"  # until the last frame says otherwise: closing this generator is a stop too
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
            costs = {key: run.tally.total for key, run in self._lanes.items()}
            self.trace.verdict = verdict(
                self.trace,
                self._perplexities(),
                self._engine.device,
                costs,
                self._engine.peak(),
                self._idle,
                self._worths(),
            )
            if told := self._disturbance():
                self.trace.verdict["disturbed"] = told

    def _disturbance(self) -> str:
        clocks = {frame.lane: frame.t_ms for frame in self.trace.frames}
        return disturbance(
            {key: run.tally.paused_ms for key, run in self._lanes.items()},
            clocks,
            {lane.key: lane.title for lane in self.trace.lanes},
        )

    def _idle(self, lane: Lane, figures: LaneMeasures) -> list[str]:
        """Sentences on what did nothing in a lane."""
        settings = ((lane.about.get("letter") == "B" and self._request.rival) or self._request).to_json()
        name = lane.about.get("letter") or lane.title.lower()
        return [
            *(idle(name, settings, self._lanes[lane.key].tally, figures) if lane.kind == "diffusion" else ()),
            *idle_draw(settings),
        ]

    def _finished(self) -> bool:
        """Whether every lane reached its end, even if a stop was asked for just then."""
        ends = {frame.lane for frame in self.trace.frames if frame.phase == "final"}
        return ends == {lane.key for lane in self.trace.lanes}

    def _worths(self) -> dict[str, Worth]:
        """What each lane's reply is worth; none where no reply was asked for."""
        asked = self.opening.request
        return {lane.key: worth(asked, reply(self.trace, lane.key)) for lane in self.trace.lanes} if asked else {}

    def _perplexities(self) -> dict[str, float | None]:
        """Perplexity under the AR twin of what each lane wrote, given the prompt."""
        prompt = list(self.opening.canvas.ids[: self.opening.canvas.start])
        return {
            lane.key: perplexity(
                self._engine.ar.model, prompt + written_ids(self.trace, lane.key, lane.about["end_id"]), len(prompt)
            )
            for lane in self.trace.lanes
        }
