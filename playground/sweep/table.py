"""Prints a sweep as a table in the terminal: one row per plan with speed, quality and the comparison with AR."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text

from playground.sweep.points import Point, Sweep

STANDING_STYLE = {"wins": "bold green", "AR wins": "#E69F00"}
NOTHING = "–"


def table(sweep: Sweep) -> Table:
    """The table: AR first, then the plans by group and rule. The score is always shown with entropy and distinct-2,
    because repetition lowers it."""
    out = Table(title=sweep.title, title_justify="left", header_style="bold", box=None, padding=(0, 1))
    out.add_column("rule")
    out.add_column("setting")
    judge = [f"{sweep.score}\n{sweep.judge}"] if sweep.judge else []
    scorer = f"{sweep.score}\n{sweep.scorer.removeprefix('the ')}"
    rate = "tok/s" if sweep.one_tokenizer else "characters/s"
    for name in (rate, "passes", "right", scorer, *judge, "entropy", "distinct-2"):
        out.add_column(name, justify="right", no_wrap=True)
    out.add_column("against AR", no_wrap=True)
    out.add_row(*_row(sweep, sweep.ar), "", style="bold")
    group = ""
    for point in sweep.points:
        if point.group != group:
            group = point.group
            out.add_row(Text(f"\n{group}", style="dim"))
        told = sweep.standing(point)
        out.add_row(*_row(sweep, point), Text(told, style=STANDING_STYLE.get(told, "")))
    return out


def _row(sweep: Sweep, point: Point) -> list[str]:
    form = "{:,.1f}" if sweep.one_tokenizer else "{:.2f}"
    judged = [_told(sweep.judged(point), form)] if sweep.judge else []
    return [
        point.family,
        point.label,
        f"{sweep.speed(point):,.0f}",
        f"{point.passes:.0f}",
        _told(point.right, "{:.0%}"),
        _told(sweep.scored(point), form),
        *judged,
        _told(point.entropy, "{:.2f}"),
        _told(point.distinct_2, "{:.2f}"),
    ]


def _told(value: float | None, form: str) -> str:
    return NOTHING if value is None else form.format(value)
