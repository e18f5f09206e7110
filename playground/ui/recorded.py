"""Traces recorded by the real twins, shipped in assets/traces, so that something real moves before any click."""
from __future__ import annotations

from pathlib import Path

from playground.trace import Trace
from playground.ui.left_out import part
from playground.ui.stage import ASSETS

TRACES = ASSETS / "traces"


def recorded_traces(folder: Path = TRACES) -> list[Trace]:
    """Every readable trace of the folder, by name; a damaged one is left out with a line in the terminal."""
    read = (part(f"The recorded run {path.name} is", lambda: Trace.loads(path.read_text(encoding="utf-8")), None) for path in sorted(folder.glob("*.json")))
    return [trace for trace in read if trace]
