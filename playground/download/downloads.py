"""The downloads of one server: one model at a time, on a thread of its own; others wait in order."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from typing import Literal, Protocol

from playground.download import failures
from playground.download.failures import DownloadError, DownloadStopped
from playground.download.hub import Hub
from playground.download.progress import Progress

Name = tuple[str, str]  # repository, revision
Kind = Literal["absent", "waiting", "running", "stopped", "failed", "present"]
UNKNOWN = "The download failed, and this program does not know why. The log of its host says more; try again."
log = logging.getLogger(__name__)


class Model(Protocol):
    """What a download must know of a model's record. Two records of one repository and revision are one download."""

    @property
    def repo(self) -> str:
        """owner/name on the hub; empty for a model that is not from the hub."""

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
        self._queue: list[Name] = []  # the first is downloaded, the others wait
        self._stopping: set[Name] = set()  # whose download shall stop
        self._ended: dict[Name, State] = {}  # how the last download ended, if not well
        self._progress: Progress | None = None
        self._thread: threading.Thread | None = None
        self._closed = False

    def start(self, model: Model) -> None:
        """Begin a download, or let it wait. Nothing happens if it runs or waits already. Raises DownloadError if
        downloads are off."""
        if not self.allowed:
            raise DownloadError(failures.NOT_ALLOWED)
        name = _name(model)
        with self._lock:
            if self._closed or not model.repo or name in self._queue:
                return
            self._ended.pop(name, None)
            self._queue.append(name)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="downloads", daemon=True)
                self._thread.start()

    def stop(self, model: Model) -> None:
        """End a download at its next 10 MB, or take it out of those that wait."""
        name = _name(model)
        with self._lock:
            if self._queue[:1] == [name]:
                self._stopping.add(name)
            elif name in self._queue:
                self._queue.remove(name)

    def state(self, model: Model) -> State:
        """Where a model is now. Looks at the disk unless it is about to be downloaded."""
        name = _name(model)
        with self._lock:
            if name in self._queue:
                place = self._queue.index(name)
                return State("waiting", before=place) if place else State("running", progress=self._progress)
            ended = self._ended.get(name)
        if not model.repo or self.hub.folder(*name) is not None:
            return State("present")
        return ended or State("absent")

    def close(self, wait_s: float = 1.0) -> None:
        """Stop all downloads for good, and wait a little for the one that runs."""
        with self._lock:
            self._closed = True
            self._stopping.update(self._queue[:1])
            del self._queue[1:]
            thread = self._thread
        if thread is not None:
            thread.join(wait_s)

    def _work(self) -> None:
        """Until nothing waits."""
        while (name := self._next()) is not None:
            self._leave(name, self._download(*name))

    def _next(self) -> Name | None:
        with self._lock:
            self._progress = None
            if self._queue:
                return self._queue[0]
            self._thread = None
            return None

    def _download(self, repo: str, revision: str) -> State | None:
        """How it ended, if not well."""
        try:
            listing = self.hub.look(repo, revision)
            self.hub.fetch(listing, self._report, lambda: (repo, revision) in self._stopping)
        except DownloadStopped as stopped:
            return State("stopped", sentence=str(stopped))
        except DownloadError as error:
            return State("failed", sentence=str(error))
        except Exception:
            log.exception("A download of %s failed", repo)
            return State("failed", sentence=UNKNOWN)
        return None

    def _report(self, progress: Progress) -> None:
        self._progress = progress

    def _leave(self, name: Name, ended: State | None) -> None:
        with self._lock:
            self._queue.remove(name)
            self._stopping.discard(name)
            if ended is not None:
                self._ended[name] = ended


def _name(model: Model) -> Name:
    return model.repo, model.revision
