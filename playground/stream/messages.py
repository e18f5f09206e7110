"""A race as numbered JSON messages for the stage: one message per 33 ms at most, however fast the passes are.

This module takes an engine and untyped values, and yields strings. It does not know gradio. Every message has a
``kind``, an ``id`` (of the run) and a ``seq`` (0, 1, 2, ...), so that the browser can distinguish two runs and notice
a missing message::

    start {run: id, ask} | wait {ahead, says} | lanes {version, run: header of the trace, lanes, notice, offers} |
    frames {frames} | pulse | lane {key, about, fault} | end {verdict, ended} | error {message, offers}

A ``pulse`` is sent while a pass or a wait is long. It shows that the server is alive, and it lets the page's server
notice that the visitor has left.

A served lane runs beside the race (engine/beside.py). ``lane`` says that it has ended, what is then known of it, and
why it failed, or "". While one runs, ``frames`` and ``pulse`` also have ``clocks``: its wall clock in ms by key of the
lane, so that the page can move on while it is silent, and ``thinking``: the keys of those that think before their text.
Such a race gives the device to the next one when its own lanes
of the device are done.
"""

from __future__ import annotations

import itertools
import json
import logging
import queue
import threading
import time
import traceback
import uuid
from collections.abc import Callable, Generator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any, NamedTuple

from playground.errors import PlaygroundError
from playground.interface import Engine, Run, nobody
from playground.request.json_text import from_json
from playground.request.race_request import RaceRequest
from playground.served.budgets import Budgets
from playground.served.keys import NO_KEYS, Keys
from playground.stream.device_queue import Ticket, Turnstile, Visitor
from playground.stream.served_calls import Calls, for_log, for_visitor, reserved
from playground.trace.served import thinking_now
from playground.trace.trace import VERSION, Frame, Lane

PACE_S = 0.033  # shortest time between two messages of frames
PULSE_S = 0.5  # longest time without a message
PATIENCE_S = 30.0  # the longest that an attention request waits for the device
MOST_QUESTIONS = 4  # that wait for the device
BUSY = "The device is busy with other runs. Ask again when they are done."
LONGEST_QUESTION = 40_000  # characters of an attention request
FAILED = "Something went wrong in this run, and it was ended. Press Run to try again; the server log has the details."
NOT_SEEN = "What the model looked at could not be computed. Ask again, or press Run for a new run; the server log has the details."

log = logging.getLogger(__name__)


class Streams:
    """All races of one page: the queue for the device, and the running and waiting races by id."""

    def __init__(self, engine: Engine, budgets: Budgets | None = None) -> None:
        """budgets: of calls to servers; None lends no key of the host's."""
        self._engine, self.budgets = engine, budgets or Budgets()
        self._turnstile = Turnstile()
        self._questions = threading.BoundedSemaphore(MOST_QUESTIONS)
        self._under_way: dict[str, Stream] = {}
        self._ending = False

    def is_full(self) -> bool:
        """Whether the queue for the device is full."""
        return self._turnstile.is_full()

    def messages(
        self, values: Mapping[str, Any], ask: Any = None, visitor: Visitor | None = None, keys: Keys = NO_KEYS
    ) -> Generator[str, None, None]:
        """Run one race and yield its messages. Close the generator to stop the race between two passes.

        values: the settings by name; ask: the number of the page's request, which ``start`` returns to it; visitor:
        who has asked; a visitor has one run at a time; keys: those that the visitor gave for this run. An error of the
        visitor or of the engine becomes an ``error`` message and is never raised.
        """
        number = ask if isinstance(ask, int) else None
        stream = Stream(self._engine, self._turnstile, number, visitor, self.budgets)
        self._under_way[stream.id] = stream
        if self._ending:
            stream.stop()
        try:
            yield from stream.messages(values, keys)
        finally:
            stream.stop()
            del self._under_way[stream.id]

    def attention(self, text: str) -> str:
        """The attention of a model: JSON text {model, kind, ids, position, checkpoint} in, {weights} or {message} out.

        checkpoint: the hash of the weights of the run; a request for other weights than those loaded is refused,
        because their attention differs. The request waits for its turn, so that it never runs during a timed race.
        Never raises.
        """
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
        """The key of a model. name, kind: as a run names them. A run from elsewhere may name a model that is not
        here; then this is the first model of its kind. If there is none, the name is returned unchanged."""
        models = self._engine.models
        found = [record.key for record in models if record.key == name] or [
            one.key for one in models if one.kind == kind
        ]
        return found[0] if found else name

    def in_turn(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call a function while no race runs, so that it delays no timed pass. Raises PlaygroundError after
        PATIENCE_S of waiting, or at once if MOST_QUESTIONS wait: they must leave places to runs."""
        if not self._questions.acquire(blocking=False):
            raise PlaygroundError(BUSY)
        try:
            return self._after_runs(function, *arguments)
        finally:
            self._questions.release()

    def _after_runs(self, function: Callable[..., Any], *arguments: Any) -> Any:
        ticket = self._turnstile.join()
        try:
            until = time.monotonic() + PATIENCE_S
            while ahead := ticket.ahead():
                if time.monotonic() > until:
                    raise PlaygroundError(BUSY)
                ticket.wait_until_moved(ahead, PULSE_S)
            return function(*arguments)
        finally:
            ticket.leave()

    def under_way(self) -> int:
        """The number of races that run or wait."""
        return len(self._under_way)

    def end(self) -> None:
        """End every race between two passes, and every later race before its first pass."""
        self._ending = True
        for stream in list(self._under_way.values()):
            stream.stop()

    def stop(self, run: str) -> bool:
        """End a run between two passes. Its stream still sends ``end``. run: the run's id. Returns False if no such
        run is running or waiting."""
        stream = self._under_way.get(run)
        if stream is None:
            return False
        stream.stop()
        return True


class Stream:
    """One race: a worker thread that computes the passes, and the messages with its frames."""

    def __init__(
        self,
        engine: Engine,
        turnstile: Turnstile,
        ask: int | None = None,
        visitor: Visitor | None = None,
        budgets: Budgets | None = None,
    ) -> None:
        self.id = uuid.uuid4().hex
        self._ask = {} if ask is None else {"ask": ask}
        self._engine = engine
        self._turnstile = turnstile
        self._visitor = visitor
        self._budgets = budgets or Budgets()
        self._numbers = itertools.count()
        self._stopping = threading.Event()
        self._run: Run | None = None

    def stop(self) -> None:
        """End the race between two passes. May be called from any thread, and more than once."""
        self._stopping.set()
        if self._run is not None:
            self._run.stop()

    def messages(self, values: Mapping[str, Any], keys: Keys = NO_KEYS) -> Generator[str, None, None]:
        """The messages of the race. values: the settings by name; keys: only the frames of this call hold them.

        The place in the queue is taken before the first message. So if the caller takes the first message of several
        streams in some order, the streams have their places in that order.
        """
        start = self._message("start", run=self.id, **self._ask)
        try:
            request = RaceRequest.parse(values)
            ticket = self._place(request)
        except Exception as error:
            yield start
            yield self._failure(error, keys)
            return
        try:
            yield from self._race(start, request, ticket, keys)
        except Exception as error:
            yield self._failure(error, keys)

    def _place(self, request: RaceRequest) -> Ticket | None:
        """A place in the queue for the device; None for a race of served lanes only."""
        models = self._engine.raced(request)
        served = bool(models) and all(record.served for record in models)
        return None if served else self._turnstile.join(self._visitor, self.stop)

    def _failure(self, error: Exception, keys: Keys) -> str:
        """An ``error`` message. Details of an unexpected error go to the log, not to the visitor, and keys to neither."""
        if isinstance(error, PlaygroundError):
            return self._message(
                "error", message=for_visitor(str(error), self._engine, keys), offers=list(error.offers)
            )
        log.error("A run failed.\n%s", for_log("".join(traceback.format_exception(error)), self._engine, keys))
        return self._message("error", message=FAILED, offers=[])

    def _race(self, start: str, request: RaceRequest, ticket: Ticket | None, keys: Keys) -> Iterator[str]:
        run = worker = None
        calls = Calls(keys)
        try:
            yield start  # before any compute: gradio can only close a generator that has yielded
            if ticket is not None:
                yield from self._wait(ticket)
            if self._stopping.is_set():
                yield self._message("end", verdict=None, ended="stopped")
                return
            yield from self._load(request)
            if self._stopping.is_set():
                yield self._message("end", verdict=None, ended="stopped")
                return
            calls = reserved(self._budgets, request, self._engine, keys, self._visitor)
            run = self._run = self._engine.start(
                request, calls.keys
            )  # it may run a model on the prompt, so it needs the device
            if self._stopping.is_set():  # stopped while the engine prepared the run
                run.stop()
            yield self._message(
                "lanes",
                version=VERSION,
                run=run.trace.run,
                lanes=[lane.to_json() for lane in run.trace.lanes],
                notice=run.notice,
                offers=list(run.offers),
            )
            made, free = Made(), ticket.leave if ticket is not None else nobody
            # A race of this device computes as a whole on its thread, so that no pass switches threads. One with
            # served lanes has its own producers, of which the device's thread runs one.
            compute = call if run.apart else self._engine.compute
            thread = threading.Thread(
                target=compute, args=(work, run, made, free), name=f"race-{self.id[:6]}", daemon=True
            )
            thread.start()
            worker = thread  # from here on the worker gives up the ticket
            yield from self._frames(made, run)
            ended = run.trace.ended or ("stopped" if self._stopping.is_set() else "done")
            yield self._message("end", verdict=run.trace.verdict, ended=ended)
        finally:
            if run is not None:
                run.stop()
            calls.close(run.trace if run else None)
            if worker is None and ticket is not None:
                ticket.leave()

    def _load(self, request: RaceRequest) -> Iterator[str]:
        """Load the models of the race if they are not loaded, with a pulse while that takes long. A stop is heeded
        after it. Raises PlaygroundError."""
        says = self._engine.to_load(request)
        if not says:
            return
        yield self._message("wait", ahead=0, says=says)
        with ThreadPoolExecutor(1, thread_name_prefix=f"load-{self.id[:6]}") as pool:
            loading = pool.submit(self._engine.prepare, request)
            while not wait([loading], PULSE_S).done:
                yield self._message("pulse")
            loading.result()

    def _wait(self, ticket: Ticket) -> Iterator[str]:
        ahead = ticket.ahead()
        while ahead and not self._stopping.is_set():
            yield self._message("wait", ahead=ahead)
            ahead = ticket.wait_until_moved(ahead, PULSE_S)

    def _frames(self, made: Made, run: Run) -> Iterator[str]:
        """Messages with frames: one per PACE_S, or at once after a pause. A long pass delays no earlier frame. This
        thread wakes once per message, not once per frame, because the passes need the interpreter too."""
        sent = float("-inf")
        while True:
            made.urgent.wait(max(0.0, sent + PACE_S - time.monotonic()))
            items = made.take(PULSE_S)
            frames = [item for item in items if isinstance(item, Frame)]
            clocks = {key: round(ms, 1) for key, ms in run.clocks().items()}
            fields: dict[str, Any] = {"clocks": clocks} if clocks else {}
            if clocks and (thinking := thinking_now(run.trace)):
                fields["thinking"] = thinking
            if frames:
                yield self._message("frames", frames=[frame.to_json() for frame in frames], **fields)
                sent = time.monotonic()
            elif not items:
                yield self._message("pulse", **fields)
            for lane, fault in (item for item in items if isinstance(item, LaneEnd)):
                yield self._message("lane", key=lane.key, about=dict(lane.about), fault=fault)
            if items and isinstance(items[-1], BaseException):
                raise items[-1]
            if items and items[-1] is None:
                return

    def _message(self, kind: str, **fields: Any) -> str:
        message = {"kind": kind, "id": self.id, "seq": next(self._numbers), **fields}
        return json.dumps(message, ensure_ascii=False, separators=(",", ":"))


class LaneEnd(NamedTuple):
    """A served lane has ended."""

    lane: Lane  # as it is now known
    fault: str  # why it failed, in a sentence; empty if it finished


Item = Frame | LaneEnd | BaseException | None


class Made:
    """A queue from the worker to the stream: frames and ends of served lanes, then None, or the error that ended the
    run."""

    def __init__(self) -> None:
        self._items: queue.SimpleQueue[Item] = queue.SimpleQueue()
        self.urgent = threading.Event()  # set when a lane or the run has ended, which is sent without delay

    def put(self, item: Item) -> None:
        """Add an item. Any thread may call this."""
        self._items.put(item)
        if not isinstance(item, Frame) or item.phase == "final":
            self.urgent.set()

    def take(self, seconds: float) -> list[Item]:
        """All items in the queue. If it is empty, wait at most ``seconds`` for the first; the result may be empty."""
        items = []
        self.urgent.clear()
        try:
            items.append(self._items.get(timeout=seconds))
            while True:
                items.append(self._items.get_nowait())
        except queue.Empty:
            return items


def call(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a function on this thread, as ``Engine.compute`` does on the engine's."""
    return function(*arguments)


def work(run: Run, made: Made, free: Callable[[], Any]) -> None:
    """Read a run to its end. free: frees the device; called when the run needs it no more, and at the end. Called on
    the engine's thread, but for a run with served lanes."""
    try:
        for frame in run.frames(free, lambda lane, fault: made.put(LaneEnd(lane, fault))):
            made.put(frame)
        ending: BaseException | None = None
    except BaseException as error:  # the stream must hear of every error
        ending = error
    free()
    made.put(ending)
