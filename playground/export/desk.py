"""Writes files of runs for visitors: one at a time, each in a process of its own with the lowest priority.

So a file disturbs no race's clock and delays no other visitor's page, and its memory is limited and released. If a
visitor stops asking for a file, its process is ended and the file is deleted.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playground.errors import PlaygroundError
from playground.export.limits import check_size
from playground.files import ROOT

KINDS = ("html", "gif", "png")
MOST_WAITING = 8  # files that are being written or wait
PATIENCE_S = 12.0  # seconds without a request, after which the visitor counts as gone
LONGEST_S = 300.0  # seconds that writing a file may take
LOOK_S = 0.1  # seconds between looks at a process
PART = 1_500_000  # bytes that one call returns, at most
GONE = "This file is not being made any more. Press the button again."
FULL = "This server has no room for the file now. Try again in a minute, or save the run as JSON, which the page plays."
FAILED = "The file could not be made. Try again, or keep the run as JSON, which the page plays."
TOO_LONG = f"The file took longer than {LONGEST_S / 60:.0f} minutes, and was ended. Keep the run as JSON, or run with fewer tokens or passes."


@dataclass
class Job:
    """A file that a visitor waits for."""

    kind: str  # one of KINDS
    folder: Path  # a temporary folder with the run, the file and the output of its process
    asked: float = field(default_factory=time.monotonic)  # when the visitor last asked, on the monotonic clock
    stopped: bool = False
    begun: bool = False
    size: int | None = None  # bytes of the complete file; None until it is complete
    wrong: str = ""  # why it could not be written, as a sentence

    @property
    def left(self) -> bool:
        """Whether the visitor has stopped the job or is gone."""
        return self.stopped or time.monotonic() - self.asked > PATIENCE_S

    def progress(self) -> dict[str, int]:
        """The number of pictures drawn and in all, from the last complete line that the process printed."""
        try:
            lines = (self.folder / "said").read_text(encoding="ascii").split("\n")[:-1]
        except OSError:
            lines = []
        done, all = map(int, lines[-1].split()) if lines else (0, 0)
        return {"done": done, "all": all}


class Desk:
    """All jobs of one page's visitors."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self._changing = threading.Lock()
        self._one = threading.Lock()  # held by the job that is being written

    def begin(self, kind: str, run: str) -> str:
        """Start a job that writes a file from a run's JSON text; returns the job's name. Raises PlaygroundError if
        the run is too large, too many jobs wait, or the disk is full."""
        if kind not in KINDS or not isinstance(run, str):
            raise PlaygroundError("This cannot be made into a file. Load the page again and try once more.")
        check_size(len(run))  # a first check in characters; the next line needs memory
        data = run.encode("utf-8", "surrogatepass")
        check_size(len(data))
        with self._changing:
            if sum(not job.wrong for job in self._jobs.values()) >= MOST_WAITING:  # a failed one waits only to be told
                raise PlaygroundError(
                    "Many files are being made already. Try again in a minute, or save the run as JSON."
                )
            try:
                folder = tempfile.TemporaryDirectory(prefix="playground-")
            except OSError:
                raise PlaygroundError(FULL) from None
            name = uuid.uuid4().hex
            job = self._jobs[name] = Job(kind, Path(folder.name))
        try:
            (job.folder / "run.json").write_bytes(data)
            threading.Thread(target=self._tend, args=(name, job, folder), name=f"file-{name[:6]}", daemon=True).start()
        except (OSError, RuntimeError):  # a full disk, or no thread to be had
            self._forget(name, folder)
            raise PlaygroundError(FULL) from None
        return name

    def state(self, name: str) -> dict[str, Any]:
        """The state of a job: {"ahead": jobs before it}, {"done", "all": pictures} or {"size": bytes}. Raises
        PlaygroundError if there is no such job or it failed."""
        job = self._job(name)
        if job.wrong:
            job.stopped = True  # the error is reported only once
            raise PlaygroundError(job.wrong)
        if job.size is not None:
            return {"size": job.size}
        if job.begun:
            return job.progress()
        with self._changing:
            return {"ahead": max(1, list(self._jobs).index(name))} if name in self._jobs else job.progress()

    def part(self, name: str, at: int) -> bytes:
        """At most PART bytes of a complete file from the offset ``at``. Raises PlaygroundError if there are none."""
        job = self._job(name)
        if job.size is None or isinstance(at, bool) or not isinstance(at, int) or not 0 <= at < job.size:
            raise PlaygroundError(GONE)
        with (job.folder / "file").open("rb") as stream:
            stream.seek(at)
            return stream.read(PART)

    def stop(self, name: str) -> bool:
        """End a job and delete its file. Returns False if there is no such job."""
        if job := self._jobs.get(name):
            job.stopped = True
        return job is not None

    def _job(self, name: str) -> Job:
        job = self._jobs.get(name) if isinstance(name, str) else None
        if job is None or job.left:
            raise PlaygroundError(GONE)
        job.asked = time.monotonic()
        return job

    def _tend(self, name: str, job: Job, folder: tempfile.TemporaryDirectory) -> None:
        """Wait for the job's turn, write the file, and keep it until the visitor stops the job or is gone."""
        try:
            while not self._one.acquire(timeout=LOOK_S):
                if job.left:
                    return
            try:
                job.begun = True
                make(job)
            except OSError:
                job.wrong = FULL
            finally:
                self._one.release()
            while not job.left:
                time.sleep(LOOK_S)
        finally:
            self._forget(name, folder)

    def _forget(self, name: str, folder: tempfile.TemporaryDirectory) -> None:
        """Take a job off the list and delete its folder."""
        with self._changing:
            del self._jobs[name]
        folder.cleanup()


def make(job: Job) -> None:
    """Run the process that writes a file; sets the job's ``size``, or ``wrong`` if it failed."""
    file = job.folder / "file"
    command = [sys.executable, "-m", "playground.export.child", str(job.folder / "run.json"), job.kind, str(file)]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH")))),
        "PYTHONIOENCODING": "utf-8",
    }
    until = time.monotonic() + LONGEST_S
    with (job.folder / "said").open("wb") as said, (job.folder / "wrong").open("wb") as wrong:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=wrong, env=environment)
        try:
            while child.poll() is None and not job.left and time.monotonic() < until:
                time.sleep(LOOK_S)
        finally:
            if child.poll() is None:
                child.kill()  # its only output is the file, which is deleted
            child.wait()
    if child.returncode == 0:
        job.size = file.stat().st_size
    elif time.monotonic() >= until:
        job.wrong = TOO_LONG
    else:
        job.wrong = (
            (job.folder / "wrong").read_text(encoding="utf-8", errors="replace").strip()
            if child.returncode == 2
            else FAILED
        )
