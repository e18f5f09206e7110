"""Draws the loss curves of runs as one SVG file. It needs no plotting library, browser or fonts, and a web page can
show it unchanged."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from playground.errors import TrainingError
from playground.training.checkpoint import log_rows
from playground.training.runs import earlier, read_settings
from playground.web.templates import render

WIDTH, HEIGHT = 860, 440
LEFT, RIGHT, TOP, BOTTOM = 60, 190, 30, 50  # margins, px; the right one holds the names of the curves
COLOURS = ("#1f5fbf", "#c2410c", "#0f766e", "#7c3aed", "#a16207", "#be185d", "#475569", "#15803d")
SMOOTH = 5  # a point is the mean over this many rows of the log; a row covers 20 steps


@dataclass(frozen=True)
class Curve:
    """The loss curve of one run."""

    name: str
    points: tuple[tuple[float, float], ...]  # (tokens seen so far in all trainings, mean training loss in nats)


def curve(run: Path) -> Curve:
    """The smoothed log.jsonl of a run. Its first tokens follow those of the earlier trainings. Raises TrainingError if
    the run has logged nothing yet."""
    settings, _ = read_settings(run)
    rows = log_rows(run / "log.jsonl")
    if not rows:
        raise TrainingError(f"{run} has logged nothing yet. Train on for 20 steps.")
    before = sum(phase["tokens_seen"] for phase in earlier(run))
    points = []
    for at, row in enumerate(rows):
        near = rows[max(0, at - SMOOTH + 1) : at + 1]
        points.append((before + row["tokens"], sum(r["loss"] for r in near) / len(near)))
    return Curve(f"{run.name} ({settings.objective})", tuple(points))


def picture(curves: Sequence[Curve]) -> str:
    """All curves over tokens seen, as an SVG document."""
    most = max(x for c in curves for x, _ in c.points)
    low = math.floor(min(y for c in curves for _, y in c.points) * 2) / 2
    # at most 4.5, because the losses of the first steps would squeeze the rest
    high = math.ceil(min(4.5, max(y for c in curves for _, y in c.points)) * 2) / 2
    high = max(high, low + 0.5)

    def x_of(tokens: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * tokens / most

    def y_of(loss: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (high - min(loss, high)) / (high - low)

    svg = render(
        "files/curves.svg",
        width=WIDTH,
        height=HEIGHT,
        left=LEFT,
        right=WIDTH - RIGHT,
        top=TOP,
        bottom=HEIGHT - BOTTOM,
        losses=[(half / 2, y_of(half / 2)) for half in range(round(low * 2), round(high * 2) + 1)],
        millions=[
            (million, x_of(million * 1e6)) for million in range(0, int(most / 1e6) + 1, max(1, round(most / 8e6)))
        ],
        curves=[
            (c.name, c.points[-1][1], COLOURS[number % len(COLOURS)], [(x_of(x), y_of(y)) for x, y in c.points])
            for number, c in enumerate(curves)
        ],
    )
    return f"{svg}\n"
