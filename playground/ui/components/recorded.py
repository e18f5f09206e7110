"""Traces recorded by the real twins, shipped in assets/traces, so that something real moves before any click."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from playground.trace.trace import Trace
from playground.ui.components.left_out import part
from playground.web.constants import ASSETS

TRACES = ASSETS / "traces"


OTHERS = (
    "A run of the twins that ship with the playground, recorded earlier with its own times. The models loaded here are others: "
    "press Run to see them."
)


def said_of(traces: Sequence[Trace], checkpoints: Mapping[str, str]) -> str:
    """What the page must say of the first trace where other weights made it than those that are loaded; empty where nothing."""
    made = traces[0].run.get("checkpoints") if traces else None
    if not isinstance(made, Mapping) or not made or not checkpoints:
        return ""
    return OTHERS if set(made.values()) != set(checkpoints.values()) else ""


def recorded_traces(folder: Path = TRACES) -> list[Trace]:
    """Every readable trace of the folder, by name; a damaged one is left out with a line in the terminal."""
    read = (
        part(f"The recorded run {path.name} is", partial(_read, path), None) for path in sorted(folder.glob("*.json"))
    )
    return [trace for trace in read if trace]


def _read(path: Path) -> Trace:
    return Trace.loads(path.read_text(encoding="utf-8"))
