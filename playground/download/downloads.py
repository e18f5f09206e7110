"""The downloads of one server: one model at a time, on a thread of its own; others wait in order."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from playground.download import failures
from playground.download.failures import DownloadError, DownloadStopped
from playground.download.hub import Hub
from playground.download.progress import Progress

Kind = Literal["absent", "waiting", "running", "stopped", "failed", "present"]
UNKNOWN = "The download failed, and this program does not know why. The log of its host says more; try again."
log = logging.getLogger(__name__)


class Model(Protocol):
    """What a download must know of a model's record."""

    @property
    def key(self) -> str:
        """Its name in requests."""

    @property
    def repo(self) -> str:
        """owner/name on the hub."""

    @property
    def revision(self) -> str:
        """A commit, a branch or a tag; empty for the default branch."""


@dataclass(frozen=True)
class State:
    """Where a model is between the hub and this machine."""

    kind: Kind
    progress: Progress | None = None  # of a running download, once its first bytes are near
    sentence: str = ""  # why a download failed or stopped, and the way on
    before: int = 0  # of a waiting download: how many come first


class Downloads:
    """Any thread may call any method. The thread that downloads ends with the program."""

    def __init__(self, hub: Hub, allowed: bool):
        self.hub, self.allowed = hub, allowed
        self._lock = threading.Lock()
        self._queue: list[Model] = []  # the first is downloaded, the others wait
        self._stopping: set[str] = set()  # keys of models whose download shall stop
        self._ended: dict[str, State] = {}  # how the last download of a model ended, if not well
        self._progress: Progress | None = None
        self._thread: threading.Thread | None = None
        self._closed = False

    def start(self, model: Model) -> None:
        """Begin a download, or let it wait. Nothing happens if it runs or waits already. Raises DownloadError if
        downloads are off."""
        if not self.allowed:
            raise DownloadError(failures.NOT_ALLOWED)
        with self._lock:
            if self._closed or any(model.key == other.key for other in self._queue):
                return
            self._ended.pop(model.key, None)
            self._queue.append(model)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="downloads", daemon=True)
                self._thread.start()

    def stop(self, model: Model) -> None:
        """End a download at its next 10 MB, or take it out of those that wait."""
        with self._lock:
            if self._queue and self._queue[0].key == model.key:
                self._stopping.add(model.key)
            elif model.key in {other.key for other in self._queue}:
                self._queue = [other for other in self._queue if other.key != model.key]

    def state(self, model: Model) -> State:
        """Where a model is now. Looks at the disk unless it is about to be downloaded."""
        with self._lock:
            place = next((n for n, other in enumerate(self._queue) if other.key == model.key), None)
            if place == 0:
                return State("running", progress=self._progress)
            if place is not None:
                return State("waiting", before=place)
            ended = self._ended.get(model.key)
        if self.hub.folder(model.repo, model.revision) is not None:
            return State("present")
        return ended or State("absent")

    def close(self, wait_s: float = 1.0) -> None:
        """Stop all downloads for good, and wait a little for the one that runs."""
        with self._lock:
            self._closed = True
            self._stopping.update(model.key for model in self._queue[:1])
            del self._queue[1:]
            thread = self._thread
        if thread is not None:
            thread.join(wait_s)

    def _work(self) -> None:
        """Until nothing waits."""
        while (model := self._next()) is not None:
            self._leave(model, self._download(model))

    def _next(self) -> Model | None:
        with self._lock:
            self._progress = None
            if not self._queue:
                self._thread = None
                return None
            return self._queue[0]

    def _download(self, model: Model) -> State | None:
        """How it ended, if not well."""
        try:
            self.hub.fetch(self.hub.look(model.repo, model.revision), self._report, self._stop_of(model))
        except DownloadStopped as stopped:
            return State("stopped", sentence=str(stopped))
        except DownloadError as error:
            return State("failed", sentence=str(error))
        except Exception:
            log.exception("A download of %s failed", model.repo)
            return State("failed", sentence=UNKNOWN)
        return None

    def _report(self, progress: Progress) -> None:
        self._progress = progress  # one assignment, so that readers need no more than the lock they hold

    def _stop_of(self, model: Model) -> Callable[[], bool]:
        return lambda: model.key in self._stopping

    def _leave(self, model: Model, ended: State | None) -> None:
        with self._lock:
            self._queue = [other for other in self._queue if other.key != model.key]
            self._stopping.discard(model.key)
            if ended is not None:
                self._ended[model.key] = ended
