"""A verdict's metrics as a table of texts with units: a row per metric, a text per lane. No page, no terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Figures = Mapping[str, Any]  # one lane of a verdict: the fields of lane_metrics.LaneMeasures
NOTHING = "–"


def rows(lanes: Mapping[str, Figures]) -> list[tuple[str, list[str]]]:
    """(label, one text per lane) in reading order: speed, then cost, then quality. A row that is empty for every lane
    is left out."""
    table = [(label, [text(figures) for figures in lanes.values()]) for label, text in ROWS]
    return [(label, texts) for label, texts in table if set(texts) != {NOTHING}]


def peak_line(peak: Mapping[str, float]) -> str:
    """The device's measured peak, to which the shares refer, in a sentence."""
    return f"Peak measured on this device: {si(peak['flops_per_s'])}FLOP/s, {si(peak['bytes_per_s'])}B/s."


def si(value: float) -> str:
    """A number with three digits and an SI prefix, ready for a unit to follow: 1234567 -> "1.23 M", 5 -> "5 "."""
    for power, prefix in ((12, "T"), (9, "G"), (6, "M"), (3, "k")):
        if value >= 0.9995 * 10**power:
            return f"{value / 10**power:.3g} {prefix}"
    return f"{value:.3g} "


def _one(key: str, form: str) -> Callable[[Figures], str]:
    def text(figures: Figures) -> str:
        value = figures.get(key)
        return NOTHING if value is None else form.format(value)

    return text


def _between(figures: Figures) -> str:
    if figures.get("between_p50_ms") is None:
        return NOTHING
    return f"{figures['between_p50_ms']:,.1f} / {figures['between_p95_ms']:,.1f} ms"


def _turned_back(key: str) -> Callable[[Figures], str]:
    return lambda figures: str(figures[key]) if figures.get(key) else NOTHING


def _work(figures: Figures) -> str:
    if figures.get("flops_per_pass") is None:
        return NOTHING
    return f"{si(figures['flops_per_pass'])}FLOP, {si(figures['bytes_per_pass'])}B"


def _share(figures: Figures) -> str:
    if figures.get("flops_share") is None:
        return NOTHING
    return f"{100 * figures['flops_share']:.1f}% / {100 * figures['bytes_share']:.1f}%"


def _distinct(figures: Figures) -> str:
    shares = [figures.get(f"distinct_{n}") for n in (1, 2, 3)]
    return (
        NOTHING
        if all(share is None for share in shares)
        else " / ".join(NOTHING if share is None else f"{share:.2f}" for share in shares)
    )


def _reply(figures: Figures) -> str:
    faults = [name for name in ("repeated", "broken") if figures.get(name)]
    if figures.get("right") is None:
        return ", ".join(faults) or NOTHING
    return "right" if figures["right"] else ", ".join(["not right", *faults])


ROWS: tuple[tuple[str, Callable[[Figures], str]], ...] = (
    ("tokens per second", _one("tok_per_s", "{:,.0f}")),
    ("passes", _one("passes", "{}")),
    ("tokens per pass", _one("tokens_per_pass", "{:.1f}")),
    ("first token", _one("first_token_ms", "{:,.1f} ms")),
    ("between arrivals, p50 / p95", _between),
    ("tokens per arrival", _one("tokens_per_arrival", "{:.1f}")),
    ("last token", _one("last_token_ms", "{:,.1f} ms")),
    ("commits", _one("commits", "{}")),
    ("remasks", _turned_back("remasks")),
    ("replacements", _turned_back("replacements")),
    ("work per pass", _work),
    ("share of peak, arithmetic / memory", _share),
    ("reply", _reply),
    ("perplexity under the AR twin", _one("perplexity", "{:,.1f}")),
    ("entropy of the text", _one("entropy", "{:.2f} nats")),
    ("distinct-1 / -2 / -3", _distinct),
)
