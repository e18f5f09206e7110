"""The claims of the source deck, whether each is true, and the evidence, from assets/claims.json.

The deck is "Diffusion LLMs Explained" by Rizvi Haider. Its claims are retold and numbered page by page: "3.2" is the
second claim of page 3. Every figure names its source, and a record says so where our notes do not know something. All
figures are in the JSON file, none in this code. ``load.faults`` lists the errors in a file. No page, no torch.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from playground.metrics.cost import DecoderShape, Experts

STATUSES = {
    "supported": "a source that did not make it bears it out, or our own check, as far as the reason says",
    "vendor": "only its maker, or the authors of the paper on it, say so",
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
INDEPENDENT = ("third party", "check")  # kinds of sources that did not make what they report on
KINDS = ("diffusion", "ar")
SIGNS = {"exact": "", "about": "about ", "over": "over ", "under": "under ", "to": "", "against": ""}
BETWEEN = {"to": " to ", "against": " against "}  # what joins a value and its "upto"; a dash for every other sign
DATE = re.compile(r"20\d\d(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?")


class ClaimsError(ValueError):
    """The file of claims cannot be used. ``str(error)`` lists the errors, one sentence per line."""


@dataclass(frozen=True)
class Source:
    """A text that a claim or a figure cites."""

    id: str
    title: str
    by: str  # author or publisher
    kind: str  # "paper", "vendor", "third party", ...
    date: str | None = None  # of publication: year, month or day
    undated: str | None = None  # why there is no date
    url: str | None = None  # None if our notes have no address
    base: str | None = None  # the base address of an API, for programs: a browser has nothing to show there
    checked: str | None = None  # date on which this project last compared the deck with it; None if never


@dataclass(frozen=True)
class Figure:
    """One figure from one source."""

    id: str
    label: str  # what the figure says, for a reader
    value: float | str
    unit: str
    source: Source
    status: str  # a key of STATUSES
    upto: float | None = None  # the second number: the upper end of a range, or what ``sign`` joins to the first
    sign: str = "exact"  # a key of SIGNS
    measure: str | None = None  # name for calculators: tok_per_s, first_token_s, price_in, arrives, ...
    device: str | None = None
    note: str | None = None

    @property
    def text(self) -> str:
        """The figure with its unit, see ``in_words``."""
        return in_words(self.value, self.upto, self.sign, self.unit)

    @property
    def word(self) -> str:
        """Whose word it is, with the name of the source: "its maker's word, Inception"."""
        source, by = self.source, self.source.by
        if self.status == "vendor":
            return f"its maker's word, {by}" if source.kind == "vendor" else f"its authors' word, {by}"
        if self.status == "supported":
            return "checked by us" if source.kind == "check" else f"confirmed by {by}"
        return f"{'disputed' if self.status == 'contested' else 'wrong'} (source: {by})"


@dataclass(frozen=True)
class Claim:
    """One claim of the deck, with our verdict."""

    id: str  # page and number on it, joined by a full stop
    page: int
    says: str  # the claim, retold
    status: str  # a key of STATUSES
    finding: str  # the verdict in a word or two, finer than the status
    reason: str  # why
    checked: str  # date of the verdict
    sources: tuple[Source, ...]
    truth: str | None = None  # the facts, where they differ from the claim or go beyond it
    figures: tuple[Figure, ...] = ()  # numbers that support the verdict
    value: float | str | None = None  # the deck's own figure, or a string that it draws
    upto: float | None = None  # as in Figure
    sign: str = "exact"  # as in Figure
    unit: str | None = None

    @property
    def number(self) -> int:
        """Its number on its page, from 1."""
        return int(self.id.partition(".")[2])

    @property
    def text(self) -> str | None:
        """The deck's figure with its unit; None if the claim has no figure."""
        return None if self.value is None else in_words(self.value, self.upto, self.sign, self.unit or "")


@dataclass(frozen=True)
class Player:
    """A language model of the field."""

    id: str
    name: str
    maker: str  # "unknown" if our notes do not say
    kind: str  # one of KINDS
    in_deck: bool  # whether the deck names it
    runs: str  # a key of RUNS
    about: str
    sources: tuple[Source, ...]
    figures: tuple[Figure, ...] = ()
    since: str | None = None  # date of its first showing or publication
    repository: str | None = None  # of its weights or code, as our notes name it
    loads: str | None = None  # how it can be run on the stage; None if it cannot
    records: tuple[str, ...] = ()  # keys of its records in the catalog of models

    def figure(self, measure: str) -> Figure | None:
        """Its first figure with this ``measure``; None if there is none."""
        return next((figure for figure in self.figures if figure.measure == measure), None)


@dataclass(frozen=True)
class ModelShape:
    """The sizes of a published model, for the roofline."""

    id: str
    name: str
    layers: int
    hidden: int
    heads: int
    kv_heads: int
    head_dim: int
    intermediate: int  # width of the MLP in layers without experts
    vocabulary: int
    source: Source
    experts: int = 0  # in each layer that has any
    active_experts: int = 0  # that one position goes to
    expert_intermediate: int = 0  # width of one expert
    shared_intermediate: int = 0  # width of the MLP beside the experts
    dense_layers: int = 0  # layers without experts, in a model with experts
    tied: bool = False  # whether the output matrix is the embedding table
    block: int = 0  # positions of a block of a model that attends block by block

    def decoder(self, bytes_per_number: int) -> DecoderShape:
        """The same sizes for the formulas of metrics/cost.py. bytes_per_number: e.g. 2 for bfloat16."""
        experts = (self.experts, self.active_experts, self.expert_intermediate, self.shared_intermediate)
        return DecoderShape(
            layers=self.layers,
            hidden=self.hidden,
            heads=self.heads,
            kv_heads=self.kv_heads,
            head_dim=self.head_dim,
            intermediate=self.intermediate,
            vocabulary=self.vocabulary,
            bytes_per_number=bytes_per_number,
            experts=Experts(*experts) if self.experts else None,
            dense_layers=self.dense_layers,
            tied=self.tied,
        )


@dataclass(frozen=True)
class Accelerator:
    """A device as its data sheet describes it, not measured by this project. Its figures have the measures
    ``peak_tflops`` and ``peak_tbytes``: 10^12 operations and 10^12 bytes per second."""

    id: str
    name: str
    dtype: str  # the number format for which peak_tflops holds
    sources: tuple[Source, ...]
    figures: tuple[Figure, ...] = ()

    def figure(self, measure: str) -> Figure:
        """Its first figure with this ``measure``. Raises KeyError."""
        for figure in self.figures:
            if figure.measure == measure:
                return figure
        raise KeyError(f"There is no {measure} of {self.name}.")


@dataclass(frozen=True)
class Page:
    """A page of the deck."""

    number: int
    title: str


@dataclass(frozen=True)
class Claims:
    """The whole file of claims, in its order. The methods that look up an id raise KeyError with a sentence."""

    title: str  # of the deck
    author: str  # of the deck
    credit: str  # the sentence that credits the deck on the page
    pages: tuple[Page, ...]
    sources: tuple[Source, ...]
    claims: tuple[Claim, ...]
    newer: tuple[Figure, ...]  # figures that the deck does not have
    players: tuple[Player, ...]
    shapes: tuple[ModelShape, ...]
    devices: tuple[Accelerator, ...]

    def of_page(self, page: int) -> tuple[Claim, ...]:
        """The claims of one page of the deck."""
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
        """The players of a kind ("diffusion" or "ar") that the deck names (in_deck=True) or does not name (False).
        None: any."""
        return tuple(one for one in self.players if kind in (None, one.kind) and in_deck in (None, one.in_deck))


def in_words(value: float | str, upto: float | None, sign: str, unit: str) -> str:
    """A figure as one reads it: "about 300 tok/s", "629–894 tok/s", "40 against 57%", "$0.25 per 1M tokens". A value
    that is a string is returned unchanged."""
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
