"""Output of commands that survives failures: characters that a terminal cannot print are replaced, a closed terminal
does not end the work, and the error for a file that cannot be written names the file."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playground.errors import PlaygroundError


def forgive() -> None:
    """Let standard output and error replace characters that their encoding lacks, as on an old console."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a test or a notebook may have replaced the stream
            stream.reconfigure(errors="replace")


def attempt(action: Callable[[], None]) -> bool:
    """Draw or print something. Returns False if the terminal was closed or cannot show it; later output is discarded
    then."""
    try:
        action()
        sys.stdout.flush()
    except (OSError, ValueError, SystemExit):  # rich raises SystemExit if nobody reads its output
        # With the closed stream, Python would fail once more when it ends.
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - open until the program ends
        return False
    return True


def say(line: str) -> None:
    """Print a line without delay. If standard output was closed, nothing happens: the work matters more than the
    report."""
    attempt(lambda: print(line, flush=True))


@contextmanager
def named_by_user(path: Path, advice: str = "Name another.") -> Iterator[None]:
    """Turn an OSError while the file ``path`` is written into a PlaygroundError with the system's reason and
    ``advice``."""
    try:
        yield
    except OSError as error:
        raise PlaygroundError(f"The file {path} cannot be written: {error.strerror}. {advice}") from None
