"""Runs Python commands in parallel. Each writes to its own log files, and all end when their time is over or when the
process that waits for them ends."""

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

GRACE_S = 20.0  # seconds between SIGTERM, on which a command saves, and SIGKILL
LOOK_S = 0.2  # seconds between looks at the running commands


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int  # exit status
    said: str  # standard output
    errors: str  # standard error
    in_time: bool  # it ended by itself

    @property
    def last_words(self) -> str:
        """The last line of standard error, or of standard output if there were no errors. For a message."""
        return next(
            (text.strip().splitlines()[-1] for text in (self.errors, self.said) if text.strip()), "it said nothing"
        )


def together(
    commands: Mapping[str, Sequence[str]], logs: Path, seconds: float, enough: Callable[[], bool] = lambda: False
) -> dict[str, Ended]:
    """Run all commands in parallel for at most ``seconds``, or until ``enough`` returns True; returns how each ended.

    ``commands`` maps a name to the arguments of ``python``. ``enough`` is called a few times per second. Commands that
    still run at the end, or when this process is interrupted, get SIGTERM, and GRACE_S seconds later SIGKILL.
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
    """Send SIGTERM, wait for GRACE_S seconds in all, then kill the rest."""
    for process in processes:
        process.terminate()  # no effect on a process that has ended
    until = time.monotonic() + GRACE_S
    for process in processes:
        try:
            process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
