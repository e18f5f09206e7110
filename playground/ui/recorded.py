"""Traces recorded by the real twins, shipped in assets/traces, so that something real moves before any click."""
from __future__ import annotations

import logging
from pathlib import Path

from playground.trace import Trace, TraceError
from playground.ui.stage import ASSETS

TRACES = ASSETS / "traces"

log = logging.getLogger(__name__)


def recorded_traces(folder: Path = TRACES) -> list[Trace]:
    """Every readable trace of the folder, by name; a damaged one is left out with a line in the terminal."""
    traces = []
    for path in sorted(folder.glob("*.json")):
        try:
            traces.append(Trace.loads(path.read_text(encoding="utf-8")))
        except (TraceError, UnicodeDecodeError, OSError) as error:
            log.warning("The recorded run %s is left out: %s", path.name, error)
    return traces
