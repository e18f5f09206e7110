"""A race as numbered JSON messages for the stage: one message per ~33 ms, whatever the speed of the passes.

Takes an engine and untyped values; yields strings. Knows nothing of gradio. Every message carries ``kind``, ``id``
(of the run) and ``seq`` (0, 1, 2, ...), so that the browser can tell two runs apart and report a gap::

    start {run: id, ask} | wait {ahead} | lanes {version, run: header of the trace, lanes, notice, offers} |
    frames {frames} | pulse | end {verdict, ended} | error {message, offers}

A ``pulse`` says that the server is
alive while a pass or a wait is long; it also gives the page's server its chance to notice that the visitor has left.
"""

from __future__ import annotations

import itertools
import json
import logging
import queue
import threading
import time
import uuid
from collections.abc import Callable, Generator, Iterator, Mapping
from typing import Any

from playground.errors import PlaygroundError
from playground.interface import Engine, Run
from playground.request.json_text import from_json
from playground.request.race_request import RaceRequest
from playground.stream.device_queue import Ticket, Turnstile, Visitor
from playground.trace.trace import VERSION, Frame

PACE_S = 0.033  # at most one message of frames per this many seconds
PULSE_S = 0.5  # longest silence
PATIENCE_S = 30.0  # so long a question about attention waits for the device
LONGEST_QUESTION = 40_000  # characters
FAILED = "Something went wrong in this run, and it was ended. Press Run to try again; the server log has the details."
NOT_SEEN = "What the model looked at could not be computed. Ask again, or press Run for a new run; the server log has the details."

log = logging.getLogger(__name__)


class Streams:
    """Every race of one page: the line for the device, and the runs under way, which their id can stop."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._turnstile = Turnstile()
        self._under_way: dict[str, Stream] = {}
        self._ending = False

    def is_full(self) -> bool:
        """Whether a race that is asked for now is refused."""
        return self._turnstile.is_full()

    def messages(
        self, values: Mapping[str, Any], ask: Any = None, visitor: Visitor | None = None
    ) -> Generator[str, None, None]:
        """Run one race. ask: the number of the question, given back with the start. visitor: who asks, and has one run. Never raises for what a visitor or an engine does: that becomes an ``error`` message. Close it to
        stop the race between two passes."""
        stream = Stream(self._engine, self._turnstile, ask if isinstance(ask, int) else None, visitor)
        self._under_way[stream.id] = stream
        if self._ending:
            stream.stop()
        try:
            yield from stream.messages(values)
        finally:
            stream.stop()
            del self._under_way[stream.id]

    def attention(self, text: str) -> str:
        """What a model looked at: JSON text {model, ids, position, checkpoint} in; {weights} or {message} out. checkpoint: the hash
        of the weights that the run was made with; other weights looked elsewhere. It waits its turn, so that it never runs
        beside a timed race. Never raises."""
        try:
            return json.dumps({"weights": [round(weight, 5) for weight in self._looked_at(text)]})
        except PlaygroundError as error:
            return json.dumps({"message": str(error)})
        except Exception:
            log.exception("Attention could not be computed.")
            return json.dumps({"message": NOT_SEEN})

    def _looked_at(self, text: str) -> list[float]:
        try:
            asked = from_json(text, LONGEST_QUESTION)
        except ValueError:
            asked = None
        if not isinstance(asked, dict):
            raise PlaygroundError("What to look at must be JSON with model, ids and position.")
        model = self._model(str(asked.get("model")), str(asked.get("kind")))
        made, loaded = asked.get("checkpoint"), self._engine.checkpoints.get(model)
        if isinstance(made, str) and made and loaded and made != loaded:
            raise PlaygroundError(
                f"This run was made with other weights ({made[:12]}) than are loaded here ({loaded[:12]}), so what they looked at "
                "cannot be shown. Press Run to make the run with these weights."
            )
        return self.in_turn(self._engine.attention, model, asked.get("ids"), asked.get("position"))

    def _model(self, name: str, kind: str) -> str:
        """The key of the model that a run names, or of the first of its kind: runs of other places name models that are not here."""
        models = self._engine.models
        found = [record.key for record in models if record.key == name] or [
            one.key for one in models if one.kind == kind
        ]
        return found[0] if found else name

    def in_turn(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call a function when no race is under way, so that it spoils no clock. Raises PlaygroundError where that takes long."""
        ticket = self._turnstile.join()
        try:
            until = time.monotonic() + PATIENCE_S
            while ahead := ticket.ahead():
                if time.monotonic() > until:
                    raise PlaygroundError("The device is busy with other runs. Ask again when they are done.")
                ticket.wait_until_moved(ahead, PULSE_S)
            return function(*arguments)
        finally:
            ticket.leave()

    def under_way(self) -> int:
        """How many races run or wait."""
        return len(self._under_way)

    def end(self) -> None:
        """End every race between two passes, and any that is asked for from now on before it begins."""
        self._ending = True
        for stream in list(self._under_way.values()):
            stream.stop()

    def stop(self, run: str) -> bool:
        """End a run between two passes; its stream still closes with ``end``. False where no such run is under way."""
        stream = self._under_way.get(run)
        if stream is None:
            return False
        stream.stop()
        return True


class Stream:
    """One race: the worker thread that makes the passes, and the messages made of its frames."""

    def __init__(
        self, engine: Engine, turnstile: Turnstile, ask: int | None = None, visitor: Visitor | None = None
    ) -> None:
        self.id = uuid.uuid4().hex
        self._ask = {} if ask is None else {"ask": ask}
        self._engine = engine
        self._turnstile = turnstile
        self._visitor = visitor
        self._numbers = itertools.count()
        self._stopping = threading.Event()
        self._run: Run | None = None

    def stop(self) -> None:
        """Ask for the end between two passes; safe from any thread, and more than once."""
        self._stopping.set()
        if self._run is not None:
            self._run.stop()

    def messages(self, values: Mapping[str, Any]) -> Generator[str, None, None]:
        """The place in the line is taken before the first message, so whoever asks for the first messages of several streams in
        order gives them their places in that order."""
        start = self._message("start", run=self.id, **self._ask)
        try:
            request = RaceRequest.parse(values)
            ticket = self._turnstile.join(self._visitor, self.stop)
        except Exception as error:
            yield start
            yield self._failure(error)
            return
        try:
            yield from self._race(start, request, ticket)
        except Exception as error:
            yield self._failure(error)

    def _failure(self, error: Exception) -> str:
        """An error as a message; the log has what is no visitor's business."""
        if isinstance(error, PlaygroundError):
            return self._message("error", message=str(error), offers=list(error.offers))
        log.error("A run failed.", exc_info=error)
        return self._message("error", message=FAILED, offers=[])

    def _race(self, start: str, request: RaceRequest, ticket: Ticket) -> Iterator[str]:
        run = worker = None
        try:
            yield start  # before any compute: gradio can only close a generator that has yielded
            yield from self._wait(ticket)
            if self._stopping.is_set():
                yield self._message("end", verdict=None, ended="stopped")
                return
            run = self._run = self._engine.start(request)  # may ask a model about the prompt, so it waits its turn too
            if self._stopping.is_set():  # asked for while the engine was at it
                run.stop()
            yield self._message(
                "lanes",
                version=VERSION,
                run=run.trace.run,
                lanes=[lane.to_json() for lane in run.trace.lanes],
                notice=run.notice,
                offers=list(run.offers),
            )
            made = Made()
            thread = threading.Thread(
                target=self._engine.compute, args=(work, run, made, ticket), name=f"race-{self.id[:6]}", daemon=True
            )
            thread.start()
            worker = thread  # from here on the ticket is the worker's to give up
            yield from self._frames(made)
            ended = run.trace.ended or ("stopped" if self._stopping.is_set() else "done")
            yield self._message("end", verdict=run.trace.verdict, ended=ended)
        finally:
            if run is not None:
                run.stop()
            if worker is None:
                ticket.leave()

    def _wait(self, ticket: Ticket) -> Iterator[str]:
        ahead = ticket.ahead()
        while ahead and not self._stopping.is_set():
            yield self._message("wait", ahead=ahead)
            ahead = ticket.wait_until_moved(ahead, PULSE_S)

    def _frames(self, made: Made) -> Iterator[str]:
        """One message per PACE_S, or at once after a quiet time. A lane that blocks holds back nothing that was made
        before. This thread wakes once a message, not once a frame: the passes need the interpreter too."""
        sent = float("-inf")
        while True:
            made.urgent.wait(max(0.0, sent + PACE_S - time.monotonic()))
            items = made.take(PULSE_S)
            frames = [item for item in items if isinstance(item, Frame)]
            if frames:
                yield self._message("frames", frames=[frame.to_json() for frame in frames])
                sent = time.monotonic()
            elif not items:
                yield self._message("pulse")
            if items and isinstance(items[-1], BaseException):
                raise items[-1]
            if items and items[-1] is None:
                return

    def _message(self, kind: str, **fields: Any) -> str:
        message = {"kind": kind, "id": self.id, "seq": next(self._numbers), **fields}
        return json.dumps(message, ensure_ascii=False, separators=(",", ":"))


class Made:
    """What a worker has made and nobody has taken yet: frames, then None or the error that ended them."""

    def __init__(self) -> None:
        self._items: queue.SimpleQueue[Frame | BaseException | None] = queue.SimpleQueue()
        self.urgent = threading.Event()  # a lane or the run has ended: nobody should wait for that

    def put(self, item: Frame | BaseException | None) -> None:
        self._items.put(item)
        if not isinstance(item, Frame) or item.phase == "final":
            self.urgent.set()

    def take(self, seconds: float) -> list[Frame | BaseException | None]:
        """All there is, waiting so long for the first; empty where nothing came."""
        items = []
        self.urgent.clear()
        try:
            items.append(self._items.get(timeout=seconds))
            while True:
                items.append(self._items.get_nowait())
        except queue.Empty:
            return items


def work(run: Run, made: Made, ticket: Ticket) -> None:
    """Make every pass of a run, off the page's threads. The device is free when this returns."""
    try:
        for frame in run.frames():
            made.put(frame)
        ending: BaseException | None = None
    except BaseException as error:  # it must reach the visitor, whatever it is
        ending = error
    ticket.leave()
    made.put(ending)
