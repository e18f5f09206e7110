"""The story's charts as plotly figures. They show published figures, measured figures and those of the last run
differently.

Each kind of model has one colour, as on the stage, which is readable on dark and on light backgrounds. Text and lines
get their colours from the page's style (assets/story.css), so switching between dark and light needs no new chart.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from playground.evidence.claims import Claims, Figure, Source
from playground.evidence.measured import Measured
from playground.story.lookup import find_figure
from playground.ui.calculators.last_run import MeasuredRun
from playground.ui.story.plays import says

DIFFUSION, AR, OTHER = (
    "#2d8fd0",
    "#d98a00",
    "#8a8f96",
)  # Okabe and Ito's blue and orange, between their dark and light tones
COLOURS = {"diffusion": DIFFUSION, "ar": AR}
BAR_PX = 40  # height per bar, with the name above it
NAME_ABOVE = 0.42  # distance between the middles of a bar and of its name, in heights of a bar
ROOM_FOR_WORDS = 1.5  # length of the axis, in lengths of the longest bar; the figure is after the bar
HOLLOW = {"vendor": "/", "contested": ".", "no source": "."}  # status -> fill pattern; confirmed figures are solid


@dataclass(frozen=True)
class Chart:
    """A chart and its sources."""

    figure: go.Figure
    sources: tuple[Source, ...] = ()  # of its published figures
    measured: str = ""  # a sentence on the origin of its measured figures


@dataclass(frozen=True)
class Bar:
    """One bar of a chart."""

    name: str
    value: float
    kind: str  # a key of COLOURS, or any other for OTHER
    status: str  # one of STATUSES, or "measured"
    text: str  # the value in words
    id: str = ""  # of its figure; "own-KIND" for a lane that ran here
    says: str = ""  # who says so


def base(height: int, **layout: Any) -> go.Figure:
    """An empty figure in the page's style, without zoom, so that scrolling the page cannot zoom a chart."""
    figure = go.Figure()
    figure.update_layout(
        template="none",
        height=height,
        autosize=True,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        dragmode=False,
        font={"family": "Source Sans 3, sans-serif", "size": 13},
        margin={"l": 8, "r": 8, "t": 8, "b": 40},
        showlegend=False,
        hoverlabel={"font": {"family": "Source Sans 3, sans-serif", "size": 14}},
        **layout,
    )
    return figure


def bars(rows: Iterable[Bar], unit: str, plays: str = "") -> go.Figure:
    """Horizontal bars, the first at the top. The name is above each bar, figure and status are after it, so it fits a
    phone. plays: the target of the play that a press on a bar starts (assets/panels/plays.js)."""
    rows = tuple(rows)
    figure = base(BAR_PX * len(rows) + 62, bargap=0.62)
    places = list(range(len(rows)))
    colours = [COLOURS.get(row.kind, OTHER) for row in rows]
    figure.add_trace(
        go.Bar(
            orientation="h",
            x=[row.value for row in rows],
            y=places,
            cliponaxis=False,
            marker={
                "color": colours,
                "line": {"width": 1, "color": colours},
                "pattern": {
                    "shape": [HOLLOW.get(row.status, "") for row in rows],
                    "fillmode": "replace",
                    "size": 5,
                    "solidity": 0.45,
                },
            },
            text=[f"{row.text} · {row.status}" for row in rows],
            customdata=[[plays, row.kind, row.id, row.name, str(row.value), row.says] for row in rows]
            if plays
            else None,
            textposition="outside",
            hovertemplate=[f"{row.name}: {row.text}, {row.status}<extra></extra>" for row in rows],
        )
    )
    figure.add_trace(
        go.Scatter(
            x=[0] * len(rows),
            y=[place - NAME_ABOVE for place in places],
            mode="text",
            text=[row.name for row in rows],
            textposition="middle right",
            cliponaxis=False,
            hoverinfo="skip",
        )
    )
    most = max((row.value for row in rows), default=1)
    figure.update_yaxes(range=[len(rows) - 0.5, -0.75], showticklabels=False, showgrid=False, zeroline=False)
    figure.update_xaxes(
        title={"text": unit, "font": {"size": 13}},
        range=[0, most * ROOM_FOR_WORDS],
        showgrid=True,
        zeroline=True,
        nticks=5,
        tickangle=0,
    )
    return figure


def of(figure: Figure, kind: str, name: str | None = None) -> Bar:
    return Bar(
        name or figure.label,
        float(figure.value),
        kind,
        figure.status,
        figure.text.replace(" tok/s", "").replace(" trillion tokens", ""),
        figure.id,
        says(figure),
    )


def speed(claims: Claims, measured: Measured, last: MeasuredRun | None) -> Chart:
    """The tokens per second of the deck's five systems, of newer ones and of the twins."""
    find = partial(find_figure, claims)
    deck = [
        ("gpt-4o-mini-tok-per-s", "ar"),
        ("gemini-2.0-flash-lite-as-the-deck-has-it-tok-per-s", "ar"),
        ("mercury-2-tok-per-s", "diffusion"),
        ("mercury-coder-mini-tok-per-s", "diffusion"),
        ("gemini-diffusion-tok-per-s", "diffusion"),
    ]
    newer = [
        ("gpt-4o-mini-other-readings-tok-per-s-other", "ar"),
        ("mercury-2-later-tok-per-s-other", "diffusion"),
        ("llada2.1-flash-on-humaneval-tok-per-s", "diffusion"),
        ("diffusiongemma-one-text-at-a-time-tok-per-s", "diffusion"),
        ("mercury-3-tok-per-s", "diffusion"),
        ("seed-diffusion-tok-per-s", "diffusion"),
    ]
    names = {"gemini-2.0-flash-lite-as-the-deck-has-it-tok-per-s": "Gemini 2.0 Flash-Lite"}
    figures = [(find(id), kind, names.get(id)) for id, kind in (*deck, *newer)]
    rows = [of(figure, kind, name) for figure, kind, name in figures]
    return Chart(
        bars([*rows, *twins(measured, last)], "tokens per second", plays="rates"),
        tuple(figure.source for figure, _, _ in figures),
        where(measured, last),
    )


def twins(measured: Measured, last: MeasuredRun | None) -> list[Bar]:
    """The bars of both lanes, from the last run on the stage, else from the measured race."""
    lanes = {kind: last.lane(kind) if last else None for kind in ("diffusion", "ar")}
    rates = {
        kind: lane.tok_per_s if lane else measured.value(f"race.{kind}_tok_per_s").value for kind, lane in lanes.items()
    }
    names = {
        kind: twin if lane is None or lane.is_twin else lane.title
        for (kind, lane), twin in zip(lanes.items(), ("diffusion twin", "AR twin"))
    }
    here = whose(measured, last)
    return [
        Bar(
            f"{names[kind]}, {here}",
            rate,
            kind,
            "measured",
            f"{rate:,.0f}",
            f"own-{kind}",
            f"{rate:,.0f} tok/s, measured",
        )
        for kind, rate in rates.items()
    ]


def whose(measured: Measured, last: MeasuredRun | None) -> str:
    """Words for the machine of a measurement; the shipped record was measured on the project's own machine."""
    return "here" if last or measured.own else "on our machine"


def where(measured: Measured, last: MeasuredRun | None) -> str:
    if last is None:
        return f"The twins: {measured.where}."
    twins = all(lane.is_twin for lane in last.lanes)
    return f"{'The twins: their' if twins else 'The models that run here: their'} last race on this page."


def training(claims: Claims, measured: Measured, last: MeasuredRun | None) -> Chart:
    """The training tokens of the models, in trillions."""
    found = [
        ("llada-8b-tokens-trained-on-training-tokens", "LLaDA 8B", "diffusion"),
        ("llama3-8b-tokens-trained-on-training-tokens", "LLaMA3 8B", "ar"),
    ]
    figures = [(find_figure(claims, id), name, kind) for id, name, kind in found]
    return Chart(
        bars([of(figure, kind, name) for figure, name, kind in figures], "trillion tokens"),
        tuple(figure.source for figure, _, _ in figures),
    )


def busy(claims: Claims, measured: Measured, last: MeasuredRun | None) -> Chart:
    """The deck's shares of a GPU's peak and the measured shares of a machine's own peak, in percent."""
    said = [
        Bar(
            name,
            float(str(claims.claim(id).value)),
            kind,
            "no source",
            str(claims.claim(id).text).replace(" of GPU", ""),
        )
        for id, name, kind in (("3.17", "Diffusion, the deck", "diffusion"), ("3.18", "AR, the deck", "ar"))
    ]
    shares = {
        (kind, what): _share(measured, last, kind, what) for kind in ("diffusion", "ar") for what in ("flops", "bytes")
    }
    titles = {"diffusion": "diffusion", "ar": "AR"}
    words = {"flops": "arithmetic", "bytes": "memory"}
    own = [
        Bar(
            f"{titles[kind]}, {words[what]}, {whose(measured, last)}",
            100 * share,
            kind,
            "measured",
            f"{100 * share:.0f}%",
        )
        for (kind, what), share in shares.items()
        if share is not None
    ]
    return Chart(bars([*said, *own], "% of the chip's peak"), measured=where(measured, last))


def _share(measured: Measured, last: MeasuredRun | None, kind: str, what: str) -> float | None:
    if last:
        lane = last.lane(kind)
        shares = lane.busy(last.peak) if lane else None
        return getattr(shares, what) if shares else None
    name = f"race.{what}_share_{kind}"
    return measured.value(name).value if name in measured.values else None


def scaling(claims: Claims, measured: Measured, last: MeasuredRun | None) -> Chart:
    """Above: time per position in one pass. Below: time to write a whole text of that length. Both axes are
    logarithmic."""
    rows = measured.scaling["rows"]
    lengths = [row["positions"] for row in rows]
    figure = make_subplots(rows=2, shared_xaxes=True, vertical_spacing=0.08, row_heights=[0.4, 0.6])
    figure.update_layout(base(580).layout.to_plotly_json() | {"margin": {"l": 8, "r": 8, "t": 12, "b": 130}})
    lines = [
        (1, "one diffusion pass, per position", [row["ms_per_position"] for row in rows], DIFFUSION, "solid", "ms"),
        (
            2,
            "diffusion, passes grow with length",
            [row["growing_total_ms"] / 1000 for row in rows],
            DIFFUSION,
            "dot",
            "s",
        ),
        (2, "diffusion, fixed passes", [row["fixed_total_ms"] / 1000 for row in rows], DIFFUSION, "solid", "s"),
        (2, "AR with its cache", [row["ar_total_ms"] / 1000 for row in rows], AR, "solid", "s"),
    ]
    for panel, name, values, colour, dash, unit in lines:
        figure.add_trace(
            go.Scatter(
                x=lengths,
                y=values,
                name=name,
                mode="lines+markers",
                line={"color": colour, "dash": dash, "width": 2},
                marker={"size": 6},
                hovertemplate="%{x:,} positions: %{y:.3g} " + unit + f"<extra>{name}</extra>",
            ),
            row=panel,
            col=1,
        )
    figure.update_xaxes(
        type="log",
        tickvals=lengths[::2],
        ticktext=[f"{length:,}" for length in lengths[::2]],
        showgrid=True,
        tickangle=0,
    )
    figure.update_xaxes(title={"text": "positions", "standoff": 4}, row=2, col=1)
    figure.update_yaxes(type="log", showgrid=True, automargin=True, exponentformat="none")
    _round_ticks(
        figure.update_yaxes, [row["ms_per_position"] for row in rows], title_text="ms per position", row=1, col=1
    )
    figure.update_yaxes(title_text="seconds for the text", row=2, col=1, dtick=1)
    figure.update_layout(
        showlegend=True, legend={"orientation": "h", "y": -0.16, "x": 0, "yanchor": "top", "font": {"size": 13}}
    )
    return Chart(
        figure, measured=f"Measured on {measured.where}, for the twins' shape with random weights: cost alone."
    )


def sweep(claims: Claims, measured: Measured, last: MeasuredRun | None) -> Chart:
    """The share of right answers (perplexity in a record without answers) against tokens per second: a dot per sampler,
    a star for AR. The region in which AR is both faster and better is shaded."""
    known = measured.sweep["ar"].get("right") is not None
    return right_answers(measured) if known else surprise(measured)


def right_answers(measured: Measured) -> Chart:
    """The sweep by its main measure: the share of right answers to held-out requests."""
    points, ar = measured.sweep["points"], measured.sweep["ar"]
    figure = _against_speed(
        points,
        ar,
        height=lambda point: 100 * point["right"],
        worst=0,
        told=lambda point: (
            f"{point['right']:.0%} right, {point['repeated']:.0%} repeated, {point['broken']:.0%} broken"
        ),
    )
    figure.update_yaxes(title_text="% right answers", range=[0, 104], automargin=True)
    return Chart(
        figure,
        measured=f"Measured on {measured.where}: replies to {measured.sweep['prompts']} requests that neither twin was trained on. In the "
        "shaded part AR is both faster and right more often.",
    )


def surprise(measured: Measured) -> Chart:
    """The sweep by perplexity, for records without a count of right answers."""
    points = [point for point in measured.sweep["points"] if point.get("perplexity")]
    ar = measured.sweep["ar"]
    quality = "judged" if all(point.get("judged") for point in (*points, ar)) else "perplexity"
    figure = _against_speed(
        points,
        ar,
        height=lambda point: point[quality],
        worst=max(point[quality] for point in points) * 1.3,
        told=lambda point: f"perplexity {point[quality]:.1f}",
    )
    _round_ticks(
        figure.update_yaxes,
        [point[quality] for point in (*points, ar)],
        title_text="perplexity: lower is plainer",
        automargin=True,
    )
    judge = (
        "a judge that neither was trained with" if quality == "judged" else "the AR twin, which favours its own text"
    )
    return Chart(
        figure,
        measured=f"Measured on {measured.where}; perplexity under {judge}. In the shaded part AR is both faster and plainer.",
    )


def _against_speed(
    points: Sequence[Mapping[str, Any]],
    ar: Mapping[str, Any],
    height: Callable[[Mapping[str, Any]], float],
    worst: float,
    told: Callable[[Mapping[str, Any]], str],
) -> go.Figure:
    """Dots and a star against tokens per second, with a shade from the star to the corner of slow and bad samplers.

    height: the vertical value of a point. worst: the worst one. told: the figures of a point in words.
    """
    figure = base(420)
    rates = [point["tok_per_s"] for point in (*points, ar)]
    low, high = sorted((worst, height(ar)))
    shade = {"x0": min(rates) / 1.3, "x1": ar["tok_per_s"], "y0": low, "y1": high}
    figure.add_shape(type="rect", **shade, line_width=0, fillcolor=AR, opacity=0.12, layer="below")

    def hover(name: str, point: Mapping[str, Any]) -> str:
        return f"{name}: {point['tok_per_s']:,.0f} tok/s, {told(point)}<extra></extra>"

    figure.add_trace(
        go.Scatter(
            x=[point["tok_per_s"] for point in points],
            y=[height(point) for point in points],
            mode="markers",
            name="diffusion",
            marker={"color": DIFFUSION, "size": 9, "opacity": 0.75, "line": {"width": 0}},
            hovertemplate=[hover(f"{point['family']}, {point['label']}", point) for point in points],
        )
    )
    figure.add_trace(
        go.Scatter(
            x=[ar["tok_per_s"]],
            y=[height(ar)],
            mode="markers+text",
            name="AR",
            text=["AR"],
            textposition="top right",
            marker={"color": AR, "size": 17, "symbol": "star"},
            hovertemplate=hover("AR", ar),
        )
    )
    _round_ticks(figure.update_xaxes, rates, title_text="tokens per second, faster to the right", tickangle=0)
    return figure


def _round_ticks(update: Callable[..., Any], values: list[float], **axis: Any) -> None:
    """Give a logarithmic axis ticks at 1, 2 and 5 times each power of ten within the values, as whole numbers."""
    low, high = min(values) / 1.15, max(values) * 1.15
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    ticks = [step * 10.0**power for power in powers for step in (1, 2, 5) if low <= step * 10.0**power <= high]
    update(type="log", tickvals=ticks, ticktext=[f"{tick:,g}" for tick in ticks], showgrid=True, **axis)


def gaps(claims: Claims, measured: Measured, last: MeasuredRun | None) -> Chart:
    """Published scores of a diffusion model and of the AR model that it is compared with, in percent."""
    pairs = {
        "GPQA<br>Gemini": ("gpqa-gemini-diffusion", "gpqa-gemini-2.0-flash-lite"),
        "GPQA<br>Gemma": ("gpqa-diffusiongemma", "gpqa-the-ar-model-it-is-held-against"),
        "MMLU-Pro<br>Gemma": ("mmlu-pro-diffusiongemma", "mmlu-pro-the-ar-model-it-is-held-against"),
        "AIME<br>Gemma": ("aime-diffusiongemma", "aime-the-ar-model-it-is-held-against"),
        "MMLU<br>LLaDA 8B": ("mmlu-llada-8b-base", "mmlu-llama3-8b-base"),
    }
    figure = base(340, barmode="group", bargroupgap=0.08)
    found = {name: tuple(find_figure(claims, id) for id in ids) for name, ids in pairs.items()}
    for n, (kind, title) in enumerate((("diffusion", "diffusion model"), ("ar", "AR model"))):
        rows = [pair[n] for pair in found.values()]
        figure.add_trace(
            go.Bar(
                x=list(found),
                y=[row.value for row in rows],
                name=title,
                marker_color=COLOURS[kind],
                text=[f"{row.value:g}" for row in rows],
                textposition="outside",
                marker_pattern={
                    "shape": [HOLLOW.get(row.status, "") for row in rows],
                    "fillmode": "replace",
                    "size": 5,
                    "solidity": 0.45,
                },
                cliponaxis=False,
                hovertemplate=[f"{row.label}: {row.text}, {row.status}<extra></extra>" for row in rows],
            )
        )
    figure.update_yaxes(title_text="% correct", range=[0, 100], showgrid=True, nticks=6)
    figure.update_xaxes(tickfont={"size": 12}, tickangle=0)
    figure.update_layout(
        showlegend=True,
        legend={"orientation": "h", "y": 1.02, "x": 0, "yanchor": "bottom"},
        margin={"l": 44, "r": 8, "t": 30, "b": 44},
    )
    return Chart(figure, tuple(row.source for pair in found.values() for row in pair))


CHARTS: Mapping[str, Callable[[Claims, Measured, MeasuredRun | None], Chart]] = {
    "speed": speed,
    "training": training,
    "busy": busy,
    "scaling": scaling,
    "sweep": sweep,
    "gaps": gaps,
}
FROM_RUN = ("speed", "busy")  # charts that are drawn again after each run
