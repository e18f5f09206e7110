"""Python commands side by side: each writes to files of its own, and none outlives its time or the process that waits for it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from playground.files import ROOT

GRACE_S = 20.0  # from asking a command to end, which lets it save, to ending it
LOOK_S = 0.2


@dataclass(frozen=True)
class Ended:
    """How a command ended. code: its exit status; said, errors: its standard output and error; in_time: nobody had to end it."""

    code: int
    said: str
    errors: str
    in_time: bool

    @property
    def last_words(self) -> str:
        """The last line that it wrote, errors first; for a message."""
        return next(
            (text.strip().splitlines()[-1] for text in (self.errors, self.said) if text.strip()), "it said nothing"
        )


def together(
    commands: Mapping[str, Sequence[str]], logs: Path, seconds: float, enough: Callable[[], bool] = lambda: False
) -> dict[str, Ended]:
    """Run every command (name -> what comes after ``python``) at once, for at most so many seconds or until ``enough``, which is asked
    a few times a second; returns how each ended. Those left then, or when this process is told to stop, get SIGTERM, and are killed
    20 s later.
    """
    logs.mkdir(parents=True, exist_ok=True)
    running: dict[str, subprocess.Popen] = {}
    until = time.monotonic() + seconds
    with ExitStack() as files:
        try:
            for name, arguments in commands.items():
                out, err = (files.enter_context((logs / f"{name}.{kind}").open("w")) for kind in ("out", "err"))
                running[name] = subprocess.Popen(
                    [sys.executable, *arguments],
                    cwd=ROOT,
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=err,
                    env={**os.environ, "HF_HUB_OFFLINE": "1"},
                )
            while (
                time.monotonic() < until
                and any(process.poll() is None for process in running.values())
                and not enough()
            ):
                time.sleep(LOOK_S)
        finally:
            in_time = {name: process.poll() is not None for name, process in running.items()}
            end(list(running.values()))
    return {
        name: Ended(
            process.returncode,
            *((logs / f"{name}.{kind}").read_text(errors="replace") for kind in ("out", "err")),
            in_time[name],
        )
        for name, process in running.items()
    }


def end(processes: Sequence[subprocess.Popen]) -> None:
    """Ask, wait, and insist."""
    for process in processes:
        process.terminate()  # does nothing to one that has ended
    until = time.monotonic() + GRACE_S
    for process in processes:
        try:
            process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
