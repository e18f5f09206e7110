"""Reads a saved run from its file."""

from __future__ import annotations

from pathlib import Path

from playground.errors import PlaygroundError
from playground.export.limits import check_run, check_size
from playground.trace.trace import Trace, TraceError


def read(path: Path) -> Trace:
    """The trace of a saved run. Raises PlaygroundError if the file cannot be read, is not a run or is too large for an
    export."""
    try:
        if path.is_file():
            check_size(path.stat().st_size)  # before it is read
        data = path.read_bytes()
    except OSError as error:
        raise PlaygroundError(f"The file {path} cannot be read: {error.strerror}.") from None
    check_run(data)
    try:
        return Trace.read(data)
    except TraceError as error:
        raise PlaygroundError(str(error)) from None
