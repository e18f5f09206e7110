"""Loss curves of runs as one SVG picture, drawn by hand: it needs no browser and no fonts, and a page shows it as it is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from playground.errors import TrainingError
from playground.training.checkpoint import log_rows
from playground.training.runs import earlier, read_settings

WIDTH, HEIGHT = 860, 440
LEFT, RIGHT, TOP, BOTTOM = 60, 190, 30, 50  # margins, px; the names of the curves stand in the right one
COLOURS = ("#1f5fbf", "#c2410c", "#0f766e", "#7c3aed", "#a16207", "#be185d", "#475569", "#15803d")
SMOOTH = 5  # rows of the log (of 20 steps each) that one point averages over


@dataclass(frozen=True)
class Curve:
    """points: (tokens seen in all trainings up to then, mean training loss in nats)."""

    name: str
    points: tuple[tuple[float, float], ...]


def curve(run: Path) -> Curve:
    """A run's log.jsonl, smoothed; it begins where the twin it was started from had ended. Raises TrainingError."""
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
    high = (
        math.ceil(min(4.5, max(y for c in curves for _, y in c.points)) * 2) / 2
    )  # the first steps would squeeze the rest
    high = max(high, low + 0.5)

    def x_of(tokens: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * tokens / most

    def y_of(loss: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (high - min(loss, high)) / (high - low)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="13">',
        "<title>Training loss over tokens seen</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
    ]
    for half in range(round(low * 2), round(high * 2) + 1):
        y = y_of(half / 2)
        parts.append(f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}" stroke="#dddddd"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end" fill="#333333">{half / 2:g}</text>')
    for million in range(0, int(most / 1e6) + 1, max(1, round(most / 8e6))):
        parts.append(
            f'<text x="{x_of(million * 1e6):.1f}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle" '
            f'fill="#333333">{million} M</text>'
        )
    parts.append(
        f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 8}" text-anchor="middle" fill="#333333">tokens seen</text>'
    )
    parts.append(f'<text x="{LEFT}" y="{TOP - 12}" fill="#333333">training loss, nats per token</text>')
    for number, c in enumerate(curves):
        colour = COLOURS[number % len(COLOURS)]
        points = " ".join(f"{x_of(x):.1f},{y_of(y):.1f}" for x, y in c.points)
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.append(
            f'<text x="{WIDTH - RIGHT + 12}" y="{TOP + 10 + 20 * number}" fill="{colour}">{escape(c.name)} '
            f"{c.points[-1][1]:.2f}</text>"
        )
    return "\n".join([*parts, "</svg>"]) + "\n"
