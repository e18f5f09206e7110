"""What the source deck claims, whether it holds, and what is known instead: assets/claims.json as records. No page, no torch.

The deck is "Diffusion LLMs Explained" by Rizvi Haider. Its claims are numbered page by page ("3.2" is the second of page 3) and
retold; every figure names a source, and where our notes do not know a thing, the record says so. All the figures stand in the
file, none in this code. ``faults`` says in sentences what is wrong with a file, for whoever edits it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

from playground.cost import DecoderShape

DATA = Path(__file__).resolve().parent.parent / "assets" / "claims.json"

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


@lru_cache(maxsize=1)
def load_claims(path: Path = DATA) -> Claims:
    """Read and check a file of claims. Raises ClaimsError with every fault in it, one sentence a line."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ClaimsError(f"The claims in {path} cannot be read: {error}.") from None
    if found := list(faults(data)):
        raise ClaimsError("\n".join(found))
    return _built(data)


def _built(data: Mapping[str, Any]) -> Claims:
    sources = {row["id"]: Source(**row) for row in data["sources"]}
    figures = {row["id"]: Figure(**{**row, "source": sources[row["source"]]}) for row in data["figures"]}

    def record(kind: type, row: Mapping[str, Any]) -> Any:
        borne = tuple(figures[id] for id in row.get("figures", ()))
        return kind(**{**row, "sources": tuple(sources[id] for id in row["sources"]), "figures": borne})

    deck = data["deck"]
    return Claims(
        title=deck["title"],
        author=deck["author"],
        credit=deck["credit"],
        pages=tuple(Page(**row) for row in deck["pages"]),
        sources=tuple(sources.values()),
        claims=tuple(record(Claim, row) for row in data["claims"]),
        newer=tuple(figures[id] for id in data["newer"]),
        players=tuple(record(Player, row) for row in data["players"]),
        shapes=tuple(ModelShape(**{**row, "source": sources[row["source"]]}) for row in data["shapes"]),
        devices=tuple(record(Accelerator, row) for row in data["devices"]),
    )


def _named(records: tuple[Any, ...], id: str, what: str) -> Any:
    for one in records:
        if one.id == id:
            return one
    raise KeyError(f"There is no {what} {id}.")


ROOMS = {
    "sources": Source,
    "figures": Figure,
    "claims": Claim,
    "players": Player,
    "shapes": ModelShape,
    "devices": Accelerator,
}


def faults(data: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with a file's content, a sentence each. Nothing else is looked at while rooms or fields are missing."""
    missing = list(_missing(data))
    yield from missing
    if missing:
        return
    for room in ROOMS:
        ids = [row["id"] for row in data[room]]
        yield from (f"Two {room} are called {id}." for id in sorted({id for id in ids if ids.count(id) > 1}))
    yield from _dangling(data)
    for row in data["sources"]:
        yield from _of_source(row)
    for row in data["figures"]:
        yield from _of_value(f"Figure {row['id']}", row)
        if row["status"] not in STATUSES:
            yield f"Figure {row['id']} has the status {row['status']}; there are: {', '.join(STATUSES)}."
    for row in data["claims"]:
        yield from _of_claim(row)
    yield from _of_numbers(data)
    for row in data["players"]:
        yield from _of_player(row)


def _missing(data: Mapping[str, Any]) -> Iterator[str]:
    """Rooms and fields that are not there, and fields that nobody knows."""
    for room in ("deck", *ROOMS, "newer"):
        if room not in data:
            yield f"The file has no “{room}”."
    for room, kind in ROOMS.items():
        known = {field.name for field in fields(kind)}
        needed = {field.name for field in fields(kind) if field.default is MISSING}
        for at, row in enumerate(data.get(room, ())):
            name = f"{room}, {row.get('id', f'number {at + 1}')}:"
            yield from (f"{name} “{field}” is missing." for field in sorted(needed - set(row)))
            yield from (f"{name} “{field}” is not a field." for field in sorted(set(row) - known))


def _dangling(data: Mapping[str, Any]) -> Iterator[str]:
    """Links to records that are not there."""
    sources, figures = ({row["id"] for row in data[room]} for room in ("sources", "figures"))
    for row in (row for room in ("figures", "shapes", "claims", "players", "devices") for row in data[room]):
        named = row["sources"] if "sources" in row else [row["source"]]
        yield from (f"{row['id']} names a source that is not there: {id}." for id in named if id not in sources)
        borne = row.get("figures", ())
        yield from (f"{row['id']} names a figure that is not there: {id}." for id in borne if id not in figures)
    yield from (f"The newer figures name one that is not there: {id}." for id in data["newer"] if id not in figures)


def _of_source(row: Mapping[str, Any]) -> Iterator[str]:
    if not row.get("date") and not row.get("undated"):
        yield f"Source {row['id']} has no date, and does not say why."
    for field in ("date", "checked"):
        if row.get(field) and not DATE.fullmatch(row[field]):
            yield f"Source {row['id']}: “{field}” is no year, month or day (2026, 2026-02, 2026-02-24): {row[field]}."
    if row.get("url") and not row["url"].startswith("https://"):
        yield f"Source {row['id']} has an address that does not start with https://."


def _of_value(name: str, row: Mapping[str, Any]) -> Iterator[str]:
    """A value needs a unit; a range needs numbers."""
    value, upto = row.get("value"), row.get("upto")
    if (value is None) != (not row.get("unit")):
        yield f"{name} needs a value and a unit, or neither."
    if upto is not None and (isinstance(value, str) or value is None):
        yield f"{name} has an “upto”, but no number to start from."
    if row.get("sign", "exact") not in SIGNS:
        yield f"{name} has the sign {row['sign']}; there are: {', '.join(SIGNS)}."


def _of_claim(row: Mapping[str, Any]) -> Iterator[str]:
    name, status = f"Claim {row['id']}", row["status"]
    yield from _of_value(name, row)
    if status not in STATUSES:
        yield f"{name} has the status {status}; there are: {', '.join(STATUSES)}."
    for field in ("says", "reason", "finding"):
        if not str(row[field]).strip():
            yield f"{name} has no “{field}”."
    if not row["sources"]:
        yield f"{name} has no source."
    if not DATE.fullmatch(row["checked"]):
        yield f"{name}: “checked” is no year, month or day: {row['checked']}."
    if status in ("false", "contested") and not row.get("truth"):
        yield f"{name} is {status}, but does not say what is true (“truth”; write that it is unknown where it is)."
    if status in ("supported", "vendor", "false") and set(row["sources"]) == {"deck"}:
        yield f"{name} is {status} on the deck's own word."


def _of_numbers(data: Mapping[str, Any]) -> Iterator[str]:
    """Claims run through the pages in order, numbered from 1 on each."""
    pages = [row["number"] for row in data["deck"]["pages"]]
    expected = [
        f"{page}.{n}" for page in pages for n in range(1, 1 + sum(row["page"] == page for row in data["claims"]))
    ]
    found = [row["id"] for row in data["claims"]]
    if found != expected:
        wrong = next(
            (id for id, right in zip(found, expected) if id != right), found[len(expected) :][:1] or "the last"
        )
        yield f"The claims are not numbered page by page from 1; the first that is off is {wrong}."


def _of_player(row: Mapping[str, Any]) -> Iterator[str]:
    name = f"Player {row['id']}"
    if row["kind"] not in KINDS:
        yield f"{name} is of the kind {row['kind']}; there are: {', '.join(KINDS)}."
    if row["runs"] not in RUNS:
        yield f"{name} runs as {row['runs']}; there are: {', '.join(RUNS)}."
    if row["runs"] in ("weights", "api") and not row.get("loads"):
        yield f"{name} can run, but does not say how (“loads”)."
    if not row["sources"]:
        yield f"{name} has no source."
    if row.get("since") and not DATE.fullmatch(row["since"]):
        yield f"{name}: “since” is no year, month or day: {row['since']}."
