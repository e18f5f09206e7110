"""A verdict's metrics as a table of texts with units: a row per metric, a text per lane. No page, no terminal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from string import Formatter
from typing import Any, Literal

from playground.trace.served import WALL

Figures = Mapping[str, Any]  # one lane of a verdict: the fields of LaneMeasures, or of ServedMeasures
NOTHING = "–"
AR_TWIN = "the AR twin"  # the scorer of runs that do not name theirs
PEAK = "Peak measured on this device: {flops_per_s:si}FLOP/s, {bytes_per_s:si}B/s."
When = Literal["", "served", "shared", "apart"]  # always; a lane is served; the lanes share a tokenizer, or do not


@dataclass(frozen=True)
class Row:
    """One row of the table. The page draws the same rows (assets/stage/figures_table.js)."""

    label: str  # "{scorer}" stands for the model that scored
    form: str  # a format of the lane's fields, with the specs ",.1f" and the like, ".1%" and "si"; "reply" for a word
    when: When = ""
    served: str | None = None  # the format of a served lane, where it has another
    zero: bool = True  # whether 0 is told


TABLE: tuple[Row, ...] = (  # in reading order: speed, then cost, then quality
    Row("clock", "its own passes", "served", served=WALL),
    Row("time", "{ms:,.1f} ms", "served"),
    Row("connection, before it", "{connect_ms:,.1f} ms", "served"),
    Row("tokens per second", "{tok_per_s:,.0f}", "shared"),
    Row("characters per second", "{char_per_s:,.0f}"),
    Row("tokens of its own per second", "{tok_per_s:,.0f}", "apart"),
    Row("passes", "{passes}", served="{arrivals} {unit}"),
    Row("tokens per pass", "{tokens_per_pass:.1f}"),
    Row("first token", "{first_token_ms:,.1f} ms", served="{first_text_ms:,.1f} ms (text)"),
    Row("first readable word", "{first_readable_ms:,.1f} ms"),
    Row("between arrivals, p50 / p95", "{between_p50_ms:,.1f} / {between_p95_ms:,.1f} ms"),
    Row("tokens per arrival", "{tokens_per_arrival:.1f}"),
    Row("last token", "{last_token_ms:,.1f} ms"),
    Row("commits", "{commits}"),
    Row("remasks", "{remasks}", zero=False),
    Row("replacements", "{replacements}", zero=False),
    Row("work per pass", "{flops_per_pass:si}FLOP, {bytes_per_pass:si}B"),
    Row("share of peak, arithmetic / memory", "{flops_share:.1%} / {bytes_share:.1%}"),
    Row("reply", "reply"),
    Row("perplexity under {scorer}", "{perplexity:,.1f}", "shared"),
    Row("bits per byte under {scorer}", "{bits_per_byte:.2f}", "apart"),
    Row("entropy of the text", "{entropy:.2f} nats"),
    Row("distinct-1 / -2 / -3", "{distinct_1:.2f} / {distinct_2:.2f} / {distinct_3:.2f}"),
)


def rows(
    lanes: Mapping[str, Figures], scorer: str = AR_TWIN, one_tokenizer: bool = True
) -> list[tuple[str, list[str]]]:
    """(label, one text per lane) in reading order. A row that is empty for every lane is left out.

    scorer: the model that scored the texts, in a sentence. one_tokenizer: whether all lanes cut text into the same
    tokens; if not, characters and bytes are compared.
    """
    holds = {
        "": True,
        "served": any(map(_is_served, lanes.values())),
        "shared": one_tokenizer,
        "apart": not one_tokenizer,
    }
    table = [
        (row.label.replace("{scorer}", scorer), [_text(row, figures) for figures in lanes.values()])
        for row in TABLE
        if holds[row.when]
    ]
    return [(label, texts) for label, texts in table if set(texts) != {NOTHING}]


def peak_line(peak: Mapping[str, float]) -> str:
    """The device's measured peak, to which the shares refer, in a sentence."""
    return _Form().vformat(PEAK, (), peak)


def si(value: float) -> str:
    """A number with three digits and an SI prefix, ready for a unit to follow: 1234567 -> "1.23 M", 5 -> "5 "."""
    for power, prefix in ((12, "T"), (9, "G"), (6, "M"), (3, "k")):
        if value >= 0.9995 * 10**power:
            return f"{value / 10**power:.3g} {prefix}"
    return f"{value:.3g} "


def as_data() -> dict[str, Any]:
    """The table as JSON values, for the browser."""
    return {"rows": [asdict(row) for row in TABLE], "peak": PEAK, "nothing": NOTHING, "scorer": AR_TWIN}


class _Form(Formatter):
    """Formats with the spec "si", and with NOTHING in the place of what is unknown."""

    def format_field(self, value: Any, format_spec: str) -> str:
        if value is None:
            return NOTHING
        return si(value) if format_spec == "si" else str(super().format_field(value, format_spec))


def _text(row: Row, figures: Figures) -> str:
    form = row.served if row.served is not None and _is_served(figures) else row.form
    if form == "reply":
        return _reply(figures)
    names = [name for _, name, _, _ in _Form().parse(form) if name]
    known = [figures.get(name) for name in names]
    if names and all(value is None or not (value or row.zero) for value in known):
        return NOTHING
    return _Form().vformat(form, (), dict(zip(names, known)))


def _is_served(figures: Figures) -> bool:
    return figures.get("unit") is not None


def _reply(figures: Figures) -> str:
    faults = [name for name in ("repeated", "broken") if figures.get(name)]
    if figures.get("right") is None:
        return ", ".join(faults) or NOTHING
    return "right" if figures["right"] else ", ".join(["not right", *faults])
