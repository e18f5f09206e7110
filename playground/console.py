"""Outputs of a command that may fail. What the terminal cannot print is replaced, and work goes on where nobody reads it any more; a
file that cannot be written is named."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playground.errors import PlaygroundError


def forgive() -> None:
    """Let standard output and error print another character for one that their encoding lacks, as an old console's does."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a test or a notebook may have put something else there
            stream.reconfigure(errors="replace")


def attempt(action: Callable[[], None]) -> bool:
    """Draw or print something; False where the terminal is gone or cannot show it, as one whose window was closed."""
    try:
        action()
        sys.stdout.flush()
    except (OSError, ValueError, SystemExit):  # rich ends the program where nobody reads its output
        # Or Python would fail once more at its end.
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - open until the program ends
        return False
    return True


def say(line: str) -> None:
    """Print a line at once. Where standard output is gone, nothing happens: the work matters more than the word of it."""
    attempt(lambda: print(line, flush=True))


@contextmanager
def named_by_user(path: Path, advice: str = "Name another.") -> Iterator[None]:
    """Raises PlaygroundError, with the system's reason and what to do, where a file that a person named cannot be written."""
    try:
        yield
    except OSError as error:
        raise PlaygroundError(f"The file {path} cannot be written: {error.strerror}. {advice}") from None
