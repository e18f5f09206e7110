"""The engine: a request in, a running trace out (``contract.Engine``).

Data flows one way: text -> token ids -> lanes -> race -> trace. Nothing here knows how a trace is shown.
"""
from __future__ import annotations

import threading
import uuid
from typing import Any, Callable, Iterator

import torch

from playground.autoregress import AutoregressSettings, autoregress
from playground.catalog.checkpoint import Checkpoint
from playground.catalog.records import TwinRecord
from playground.denoise.sampler import DenoiseSettings, denoise
from playground.device_thread import DeviceThread
from playground.lanes import frames
from playground.measures import verdict, written_ids
from playground.pieces import Pieces
from playground.prompting import kind, wrap
from playground.provenance import provenance
from playground.race import race
from playground.request import RaceRequest, RequestError
from playground.scoring import perplexity
from playground.timing import describe_device
from playground.trace import Frame, Lane, Trace


class TwinEngine:
    """Both twins on one device, ready to race. thread: where all their computing happens, whoever asks."""

    def __init__(
        self, diffusion: Checkpoint, ar: Checkpoint, record: TwinRecord, device: torch.device, thread: DeviceThread
    ):
        self.diffusion, self.ar, self.record, self._device, self.thread = diffusion, ar, record, device, thread
        self.knows, self.examples, self.device = record.knows, record.examples, describe_device(device)
        self.pieces = Pieces(diffusion.tokenizer)

    def encode(self, text: str) -> torch.Tensor:
        """Token ids int64 [n] on the device; the names of special tokens in a prompt are ordinary text."""
        ids = self.diffusion.tokenizer(text, add_special_tokens=False, split_special_tokens=True)["input_ids"]
        return torch.tensor(ids, dtype=torch.long, device=self._device)

    def start(self, request: RaceRequest) -> "TwinRun":
        """Check what only the tokenizer and the AR twin can tell. Raises RequestError for a prompt that is too long."""
        return self.thread.run(self._start, request)

    def compute(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """See contract.Engine."""
        return self.thread.run(function, *arguments)

    def _start(self, request: RaceRequest) -> "TwinRun":
        text = wrap(request.prompt)
        ids = self.encode(text)
        room = self.record.context - request.length
        if len(ids) > room:
            raise RequestError(
                f"The prompt is {len(ids)} tokens long; with {request.length} tokens of text at most {room} fit. "
                "Shorten the prompt or the text."
            )
        limit = self.ar.evaluation.get("prompt_perplexity_limits", {}).get(kind(text))
        strangeness = perplexity(self.ar.model, ids.tolist())
        outside = limit is not None and strangeness is not None and strangeness > limit
        return TwinRun(self, request, text, ids, outside)

    def lanes(self, request: RaceRequest, ids: torch.Tensor) -> dict[str, tuple[Lane, Iterator[Frame]]]:
        """Both lanes' headers and their frames, in the order they are shown."""
        about = {"end_id": self.diffusion.special.end, "mask_id": self.diffusion.special.mask}
        denoising = DenoiseSettings(
            request.length, request.steps, request.order, request.temperature, request.seed, request.blocks,
            request.same_length,
        )
        writing = AutoregressSettings(request.length, request.temperature, request.seed, request.same_length)
        diffusion = Lane("diffusion", "diffusion", "Diffusion", len(ids), request.length,
                         {**about, "model": self.diffusion.name, "steps": request.steps})
        ar = Lane("ar", "ar", "Autoregressive", len(ids), request.length, {**about, "model": self.ar.name})
        return {
            lane.key: (lane, frames(lane, passes, self.pieces, checkpoint.special))
            for lane, passes, checkpoint in (
                (diffusion, denoise(self.diffusion.model, ids, denoising, self.diffusion.special), self.diffusion),
                (ar, autoregress(self.ar.model, ids, writing, self.ar.special), self.ar),
            )
        }

    def warm_up(self) -> None:
        """Run both lanes once, so that no visitor's clock holds a library's first-call work."""
        for length in (8, 64):
            request = RaceRequest(self.examples[0], length=length, steps=4)
            for _, lane in self.lanes(request, self.encode(wrap(request.prompt))).values():
                for _ in lane:
                    pass


class TwinRun:
    """One race of the twins; a ``contract.Run``. ids: the prompt's tokens, int64 [prompt]."""

    def __init__(self, engine: TwinEngine, request: RaceRequest, text: str, ids: torch.Tensor, outside: bool):
        self._engine, self.ids, self._stop = engine, ids, threading.Event()
        self._lanes = engine.lanes(request, ids)
        self.notice, self.offers = None, ()
        if outside:
            self.notice = (
                "This prompt is far from anything the twins were trained on, so expect nonsense. They do these well:"
            )
            self.offers = engine.examples[:3]
        twins = (engine.diffusion, engine.ar)
        self.trace = Trace(
            run={
                "id": uuid.uuid4().hex[:12], **request.to_json(), "prompt_text": text,
                "checkpoints": {twin.name: twin.hash for twin in twins}, "device_name": engine.device,
                **provenance(ids.device, next(engine.ar.model.parameters()).dtype),
            },
            lanes=tuple(lane for lane, _ in self._lanes.values()),
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

    def _frames(self) -> Iterator[Frame]:
        running = race({key: passes for key, (_, passes) in self._lanes.items()}, self._stop.is_set)
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
            self.trace.verdict = verdict(self.trace, self._perplexities(), self._engine.device)

    def _finished(self) -> bool:
        """Whether every lane reached its end, even if a stop was asked for just then."""
        ends = {frame.lane for frame in self.trace.frames if frame.phase == "final"}
        return ends == {lane.key for lane in self.trace.lanes}

    def _perplexities(self) -> dict[str, float | None]:
        """Perplexity under the AR twin of what each lane wrote, given the prompt."""
        prompt = self.ids.tolist()
        return {
            lane.key: perplexity(
                self._engine.ar.model, prompt + written_ids(self.trace, lane.key, lane.about["end_id"]), len(prompt)
            )
            for lane in self.trace.lanes
        }
