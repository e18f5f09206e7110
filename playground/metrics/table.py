"""A verdict's metrics as a table of texts with units: a row per metric, a text per lane. No page, no terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from playground.trace.served import WALL

Figures = Mapping[str, Any]  # one lane of a verdict: the fields of LaneMeasures, or of ServedMeasures
NOTHING = "–"
AR_TWIN = "the AR twin"  # the scorer of runs that do not name theirs


def rows(
    lanes: Mapping[str, Figures], scorer: str = AR_TWIN, one_tokenizer: bool = True
) -> list[tuple[str, list[str]]]:
    """(label, one text per lane) in reading order: speed, then cost, then quality. A row that is empty for every lane
    is left out.

    scorer: the model that scored the texts, in a sentence. one_tokenizer: whether all lanes cut text into the same
    tokens; if not, characters and bytes are compared.
    """
    table = [
        (label.format(scorer=scorer), [text(figures) for figures in lanes.values()])
        for label, text in (
            *(CLOCKS if any(map(_is_served, lanes.values())) else ()),
            *SPEED[one_tokenizer],
            *WORK,
            SCORES[one_tokenizer],
            *DIVERSITY,
        )
    ]
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


def _is_served(figures: Figures) -> bool:
    return figures.get("unit") is not None


def _clock(figures: Figures) -> str:
    return WALL if _is_served(figures) else "its own passes"


def _steps(figures: Figures) -> str:
    return f"{figures['arrivals']} {figures['unit']}" if _is_served(figures) else _one("passes", "{}")(figures)


def _first(figures: Figures) -> str:
    if _is_served(figures):
        return _one("first_text_ms", "{:,.1f} ms (text)")(figures)
    return _one("first_token_ms", "{:,.1f} ms")(figures)


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


Row = tuple[str, Callable[[Figures], str]]
TOKENS_PER_S, CHARACTERS_PER_S = _one("tok_per_s", "{:,.0f}"), _one("char_per_s", "{:,.0f}")
SPEED: Mapping[bool, tuple[Row, ...]] = {  # by whether the lanes share a tokenizer: the headline first
    True: (("tokens per second", TOKENS_PER_S), ("characters per second", CHARACTERS_PER_S)),
    False: (("characters per second", CHARACTERS_PER_S), ("tokens of its own per second", TOKENS_PER_S)),
}
CLOCKS: tuple[Row, ...] = (  # where a lane is served
    ("clock", _clock),
    ("time", _one("ms", "{:,.1f} ms")),
    ("connection, before it", _one("connect_ms", "{:,.1f} ms")),
)
WORK: tuple[Row, ...] = (
    ("passes", _steps),
    ("tokens per pass", _one("tokens_per_pass", "{:.1f}")),
    ("first token", _first),
    ("between arrivals, p50 / p95", _between),
    ("tokens per arrival", _one("tokens_per_arrival", "{:.1f}")),
    ("last token", _one("last_token_ms", "{:,.1f} ms")),
    ("commits", _one("commits", "{}")),
    ("remasks", _turned_back("remasks")),
    ("replacements", _turned_back("replacements")),
    ("work per pass", _work),
    ("share of peak, arithmetic / memory", _share),
    ("reply", _reply),
)
SCORES: Mapping[bool, Row] = {
    True: ("perplexity under {scorer}", _one("perplexity", "{:,.1f}")),
    False: ("bits per byte under {scorer}", _one("bits_per_byte", "{:.2f}")),
}
DIVERSITY: tuple[Row, ...] = (
    ("entropy of the text", _one("entropy", "{:.2f} nats")),
    ("distinct-1 / -2 / -3", _distinct),
)
