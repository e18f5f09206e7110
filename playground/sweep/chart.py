"""Draws a sweep as one HTML page that opens offline: right answers, score (perplexity, or bits per byte),
entropy and distinct-2 of the same texts over tokens or characters per second.

On the panels of right answers and scores, the region where AR wins (slower than AR and no better) is shaded and
labelled.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import groupby

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from playground.sweep.plans import ADAPTIVE, CACHED, NOISY, ORDERS, REVISED
from playground.sweep.points import Point, Sweep

AR_WINS = "AR wins: slower and no better"
AR_COLOUR = "#E69F00"  # all colours are from Okabe and Ito's palette, as on the page; no group has AR's orange
COLOURS = {ORDERS: "#0072B2", ADAPTIVE: "#009E73", REVISED: "#CC79A7", NOISY: "#D55E00", CACHED: "#56B4E9"}
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "x", "pentagon", "hexagon", "triangle-down", "bowtie")
MAIN_HEIGHT, OTHER_HEIGHT = 420, 200  # px
ROOM = 1.3  # factor of free space around the points on a logarithmic axis
Value = Callable[[Point], float | None]


def page(sweep: Sweep) -> str:
    """The page as HTML, with plotly.js inside."""
    return chart(sweep).to_html(
        include_plotlyjs=True, full_html=True, config={"displaylogo": False, "responsive": True}
    )


def chart(sweep: Sweep) -> go.Figure:
    """The figure: a panel of right answers if they were counted, one panel per score, then entropy and distinct-2.
    All panels share the axis of speed."""
    right: list[tuple[str, Value]] = (
        [("right answers, %", lambda p: None if p.right is None else 100 * p.right)] if sweep.counts_right else []
    )
    scores: list[tuple[str, Value]] = [
        (f"{sweep.score} under {sweep.scorer},<br>which favours its own text", sweep.scored)
    ]
    if sweep.judge:
        scores.insert(0, (f"{sweep.score} under the judge<br>{sweep.judge}", sweep.judged))
    others: list[tuple[str, Value]] = [
        ("entropy of the text, nats", lambda p: p.entropy),
        ("distinct-2", lambda p: p.distinct_2),
    ]
    panels = right + scores + others
    details = len(panels) - 1
    heights = (
        [MAIN_HEIGHT] + [OTHER_HEIGHT] * details
        if right
        else [MAIN_HEIGHT] * len(scores) + [OTHER_HEIGHT] * len(others)
    )
    figure = make_subplots(rows=len(panels), shared_xaxes=True, vertical_spacing=0.03, row_heights=heights)
    span = _span([rate for point in (sweep.ar, *sweep.points) if (rate := sweep.speed(point)) > 0])
    for row, (title, value) in enumerate(panels, start=1):
        is_right, is_score = row <= len(right), len(right) < row <= len(right) + len(scores)
        if is_right:
            _shade_where_ar_wins(figure, sweep, value, span, row, edge=0.0)
            figure.update_yaxes(range=(0, 104), row=row, col=1)
        elif is_score:
            _shade_where_ar_wins(figure, sweep, value, span, row)
        for trace in _traces(sweep, value, first=row == 1):
            figure.add_trace(trace, row=row, col=1)
        figure.update_yaxes(title_text=title, row=row, col=1, **({"type": "log", "dtick": "D2"} if is_score else {}))
        figure.update_xaxes(type="log", dtick="D2", range=_logs(span), row=row, col=1)
    figure.update_xaxes(title_text=f"{sweep.unit} per second", row=len(panels), col=1)
    figure.update_layout(
        title={"text": f"Speed against quality: {sweep.title}", "font": {"size": 15}},
        template="plotly_white",
        height=sum(heights) + 160,
        legend={"groupclick": "togglegroup", "tracegroupgap": 2},
    )
    return figure


def _shade_where_ar_wins(
    figure: go.Figure, sweep: Sweep, value: Value, span: tuple[float, float], row: int, edge: float | None = None
) -> None:
    """Shade and label the rectangle to the left of the AR point and on its worse side. It extends to the value
    ``edge``, or upwards to the end of the logarithmic axis if that is None. It is a trace, not a shape, so that the
    legend shows it."""
    at = value(sweep.ar)
    found = [value(point) for point in (sweep.ar, *sweep.points)]
    if at is None:
        return
    low, high = _span([one for one in found if one is not None])
    left, right = span[0], sweep.speed(sweep.ar)
    end, words_at = (high, high / ROOM**0.5) if edge is None else (edge, at)
    figure.add_trace(
        go.Scatter(
            x=[left, right, right, left, left],
            y=[at, at, end, end, at],
            mode="lines",
            fill="toself",
            name=AR_WINS,
            line={"width": 0},
            fillcolor="rgba(230, 159, 0, 0.16)",
            legendgroup=AR_WINS,
            showlegend=row == 1,
            hoverinfo="skip",
        ),
        row=row,
        col=1,
    )
    figure.add_trace(
        go.Scatter(
            x=[left * ROOM**0.5],
            y=[words_at],
            mode="text",
            text=[AR_WINS],
            textposition="bottom right",
            textfont={"color": "#8a5f00", "size": 13},
            legendgroup=AR_WINS,
            showlegend=False,
            hoverinfo="skip",
        ),
        row=row,
        col=1,
    )
    if edge is None:
        figure.update_yaxes(range=_logs((low, high)), row=row, col=1)


def _traces(sweep: Sweep, value: Value, first: bool) -> list[go.Scatter]:
    """One line per rule in its group's colour, and a star for AR. ``first`` says whether the legend shows them."""
    traces = []
    for group, of_group in groupby(sweep.points, key=lambda point: point.group):
        families = groupby(of_group, key=lambda point: point.family)
        for number, (family, of_family) in enumerate(families):
            points = sorted((point for point in of_family if value(point) is not None), key=sweep.speed)
            traces.append(
                go.Scatter(
                    x=[sweep.speed(point) for point in points],
                    y=[value(point) for point in points],
                    mode="lines+markers",
                    name=family,
                    text=[_told(sweep, point) for point in points],
                    hovertemplate="%{text}<extra></extra>",
                    line={"color": COLOURS.get(group, "#777777"), "width": 1},
                    marker={"symbol": SYMBOLS[number % len(SYMBOLS)], "size": 9},
                    legendgroup=f"{group}, {family}",
                    showlegend=first,
                    legendgrouptitle={"text": group} if first and number == 0 else None,
                )
            )
    ar = sweep.ar
    if value(ar) is not None:
        traces.append(
            go.Scatter(
                x=[sweep.speed(ar)],
                y=[value(ar)],
                mode="markers",
                name=ar.family,
                text=[_told(sweep, ar)],
                hovertemplate="%{text}<extra></extra>",
                legendgroup=ar.family,
                showlegend=first,
                marker={"symbol": "star", "size": 18, "color": AR_COLOUR, "line": {"width": 1, "color": "#000000"}},
            )
        )
    return traces


def _told(sweep: Sweep, point: Point) -> str:
    """The tooltip of a point, with all its figures, as HTML."""
    lines = [
        f"<b>{point.family}</b> {point.label}",
        f"{sweep.speed(point):,.0f} {sweep.unit} a second in {point.passes:.0f} passes, {point.tokens_per_pass:.1f} tokens a pass",
    ]
    if point.right is not None:
        lines.append(f"{point.right:.0%} right, {point.repeated:.0%} repeated, {point.broken:.0%} broken")
    if (scored := sweep.scored(point)) is not None:
        judged = sweep.judged(point)
        lines.append(
            f"{sweep.score} {scored:,.2f} ({sweep.scorer.removeprefix('the ')})"
            + (f", {judged:,.2f} ({sweep.judge})" if judged is not None else "")
        )
    if point.entropy is not None and point.distinct_2 is not None:
        lines.append(f"entropy {point.entropy:.2f} nats, distinct-2 {point.distinct_2:.2f}")
    if point is not sweep.ar and (standing := sweep.standing(point)):
        lines.append(f"against AR: {standing}")
    return "<br>".join(lines)


def _span(values: list[float]) -> tuple[float, float]:
    """The range of the values with free space on both sides, for a logarithmic axis."""
    return (min(values) / ROOM, max(values) * ROOM) if values else (1.0, 10.0)


def _logs(span: tuple[float, float]) -> list[float]:
    """A range in the form that plotly's logarithmic axes need: decimal logarithms."""
    return [math.log10(value) for value in span]
