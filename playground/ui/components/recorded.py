"""The traces in assets/traces, recorded with the real twins, so that the page shows a real race before any click."""

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
    """A sentence for the page if the first trace was recorded with other weights than those of the models that race by
    default, else empty.

    checkpoints: hashes of these weights, as in interface.Engine.
    """
    made = traces[0].run.get("checkpoints") if traces else None
    if not isinstance(made, Mapping) or not made or not checkpoints:
        return ""
    return OTHERS if set(made.values()) != set(checkpoints.values()) else ""


def recorded_traces(folder: Path = TRACES) -> list[Trace]:
    """All readable traces of a folder, in order of their file names; damaged files are skipped with a line in the
    log."""
    read = (
        part(f"The recorded run {path.name} is", partial(_read, path), None) for path in sorted(folder.glob("*.json"))
    )
    return [trace for trace in read if trace]


def _read(path: Path) -> Trace:
    return Trace.loads(path.read_text(encoding="utf-8"))
