"""What the source deck claims, whether it holds, and what is known instead: assets/claims.json as records. No page, no torch.

The deck is "Diffusion LLMs Explained" by Rizvi Haider. Its claims are numbered page by page ("3.2" is the second of page 3) and
retold; every figure names a source, and where our notes do not know a thing, the record says so. All the figures stand in the
file, none in this code. ``faults`` says in sentences what is wrong with a file, for whoever edits it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import Any

from playground.metrics.cost import DecoderShape

STATUSES = {
    "supported": "a source that can be named bears it out, as far as the reason says",
    "vendor": "only whoever sells the system says so",
    "contested": "partly true, overstated, dated, unsupported, conditional, or an opinion: the reason says which",
    "false": "wrong",
    "illustration": "a drawing or a simile: nothing to check",
}
RUNS = {
    "weights": "open weights, made for a stock class as far as “loads” says",
    "api": "served by its maker over HTTP",
    "blocked": "open weights that do not load here",
    "closed": "neither weights nor a service to call, as far as our notes know",
    "gone": "shut down",
}
KINDS = ("diffusion", "ar")
SIGNS = {"exact": "", "about": "about ", "over": "over ", "under": "under ", "to": "", "against": ""}
BETWEEN = {"to": " to ", "against": " against "}  # what stands between a value and its "upto"; a dash for a range
DATE = re.compile(r"20\d\d(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?")


class ClaimsError(ValueError):
    """The file of claims cannot be used. ``str(error)`` lists in sentences what to mend."""


@dataclass(frozen=True)
class Source:
    """Where something is said. date: of the text, as year, month or day; undated: why there is none; checked: when this project
    last held the deck against it, None where it has not; url: None where our notes have no address."""

    id: str
    title: str
    by: str
    kind: str
    date: str | None = None
    undated: str | None = None
    url: str | None = None
    checked: str | None = None


@dataclass(frozen=True)
class Figure:
    """One figure from one source. upto: the other end of a range, or what sign joins to it; sign: of SIGNS; measure: what is
    measured, a name that calculators look for (``tok_per_s``, ``first_token_s``, ``price_in``, ``price_out``, ...); status: of STATUSES."""

    id: str
    label: str
    value: float | str
    unit: str
    source: Source
    status: str
    upto: float | None = None
    sign: str = "exact"
    measure: str | None = None
    device: str | None = None
    note: str | None = None

    @property
    def text(self) -> str:
        return in_words(self.value, self.upto, self.sign, self.unit)


@dataclass(frozen=True)
class Claim:
    """One claim of the deck. says: the claim, retold; value, upto, sign, unit: the deck's own figure, or the strings of a drawing;
    finding: the verdict in a word or two, finer than the status; truth: what is the case instead, or beside it; figures: with
    what numbers; checked: when it was judged."""

    id: str
    page: int
    says: str
    status: str
    finding: str
    reason: str
    checked: str
    sources: tuple[Source, ...]
    truth: str | None = None
    figures: tuple[Figure, ...] = ()
    value: float | str | None = None
    upto: float | None = None
    sign: str = "exact"
    unit: str | None = None

    @property
    def number(self) -> int:
        """Its place on its page, from 1."""
        return int(self.id.partition(".")[2])

    @property
    def text(self) -> str | None:
        """The deck's figure in words; None where it gives none."""
        return None if self.value is None else in_words(self.value, self.upto, self.sign, self.unit or "")


@dataclass(frozen=True)
class Player:
    """A model and who makes it ("unknown" where our notes do not say). in_deck: the deck names it; since: when it was shown or
    published; runs: of RUNS; repository: of its weights or code, as our notes name it; loads: how it gets on the stage,
    None where it cannot."""

    id: str
    name: str
    maker: str
    kind: str
    in_deck: bool
    runs: str
    about: str
    sources: tuple[Source, ...]
    figures: tuple[Figure, ...] = ()
    since: str | None = None
    repository: str | None = None
    loads: str | None = None

    def figure(self, measure: str) -> Figure | None:
        """The first of its figures that measures this; None where our notes have none."""
        return next((figure for figure in self.figures if figure.measure == measure), None)


@dataclass(frozen=True)
class ModelShape:
    """Sizes of a published model, for the roofline."""

    id: str
    name: str
    layers: int
    hidden: int
    heads: int
    kv_heads: int
    head_dim: int
    intermediate: int
    vocabulary: int
    source: Source

    def decoder(self, bytes_per_number: int) -> DecoderShape:
        """bytes_per_number: 2 for bfloat16."""
        sizes = {
            size.name: getattr(self, size.name) for size in fields(DecoderShape) if size.name != "bytes_per_number"
        }
        return DecoderShape(**sizes, bytes_per_number=bytes_per_number)


@dataclass(frozen=True)
class Accelerator:
    """A device that nobody here has measured, by its data sheet. dtype: the numbers that its peak of arithmetic is for; figures:
    ``peak_tflops`` and ``peak_tbytes``, in 10^12 operations and bytes a second."""

    id: str
    name: str
    dtype: str
    sources: tuple[Source, ...]
    figures: tuple[Figure, ...] = ()

    def figure(self, measure: str) -> Figure:
        """The first of its figures that measures this. Raises KeyError."""
        for figure in self.figures:
            if figure.measure == measure:
                return figure
        raise KeyError(f"There is no {measure} of {self.name}.")


@dataclass(frozen=True)
class Page:
    number: int
    title: str


@dataclass(frozen=True)
class Claims:
    """All that is known of the deck, in its order. newer: figures that the deck does not have."""

    title: str
    author: str
    credit: str
    pages: tuple[Page, ...]
    sources: tuple[Source, ...]
    claims: tuple[Claim, ...]
    newer: tuple[Figure, ...]
    players: tuple[Player, ...]
    shapes: tuple[ModelShape, ...]
    devices: tuple[Accelerator, ...]

    def of_page(self, page: int) -> tuple[Claim, ...]:
        return tuple(claim for claim in self.claims if claim.page == page)

    def claim(self, id: str) -> Claim:
        return _named(self.claims, id, "claim")

    def player(self, id: str) -> Player:
        return _named(self.players, id, "player")

    def source(self, id: str) -> Source:
        return _named(self.sources, id, "source")

    def shape(self, id: str) -> ModelShape:
        return _named(self.shapes, id, "shape")

    def device(self, id: str) -> Accelerator:
        return _named(self.devices, id, "device")

    def players_of(self, kind: str | None = None, in_deck: bool | None = None) -> tuple[Player, ...]:
        """Those of a kind ("diffusion", "ar"), and those that the deck names or does not; None: either."""
        return tuple(one for one in self.players if kind in (None, one.kind) and in_deck in (None, one.in_deck))


def in_words(value: float | str, upto: float | None, sign: str, unit: str) -> str:
    """A figure as one reads it: "about 300 tok/s", "629–894 tok/s", "40 against 57%", "$0.25 per 1M tokens". Strings
    stand as they are."""
    if isinstance(value, str):
        return value
    money = unit.startswith("USD")
    ends = BETWEEN.get(sign, "–").join(
        f"${end:,.2f}" if money else f"{end:,}" for end in (value, upto) if end is not None
    )
    if money:
        unit = unit.removeprefix("USD").strip()
    return f"{SIGNS[sign]}{ends}{'' if unit.startswith('%') else ' '}{unit}".strip()


def _named(records: tuple[Any, ...], id: str, what: str) -> Any:
    for one in records:
        if one.id == id:
            return one
    raise KeyError(f"There is no {what} {id}.")
