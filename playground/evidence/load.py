"""Reads assets/claims.json into records and checks it: ids, links between records, fields, numbering."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

from playground.evidence.claims import (
    DATE,
    INDEPENDENT,
    KINDS,
    RUNS,
    SIGNS,
    STATUSES,
    Accelerator,
    Claim,
    Claims,
    ClaimsError,
    Figure,
    ModelShape,
    Page,
    Player,
    Source,
)
from playground.files import ROOT

DATA = ROOT / "assets" / "claims.json"


@lru_cache(maxsize=1)
def load_claims(path: Path = DATA) -> Claims:
    """Read and check a file of claims. Raises ClaimsError that lists every error in it, one sentence per line."""
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
        listed = {"records": tuple(row["records"])} if "records" in row else {}
        return kind(**{**row, "sources": tuple(sources[id] for id in row["sources"]), "figures": borne, **listed})

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


ROOMS = {
    "sources": Source,
    "figures": Figure,
    "claims": Claim,
    "players": Player,
    "shapes": ModelShape,
    "devices": Accelerator,
}


def faults(data: Mapping[str, Any]) -> Iterator[str]:
    """The errors in a file's content, one sentence each. data: its JSON. While sections or fields are missing,
    nothing else is checked."""
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
    yield from _confirmed_by_none(data)
    yield from _of_numbers(data)
    for row in data["players"]:
        yield from _of_player(row)


def _missing(data: Mapping[str, Any]) -> Iterator[str]:
    """Missing sections, missing fields and unknown fields."""
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
    """Links to records that do not exist."""
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
    """Errors of one figure: a value needs a unit, and a range needs numbers."""
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


def _confirmed_by_none(data: Mapping[str, Any]) -> Iterator[str]:
    """Claims and figures that are supported, though every source of them made what it reports on."""
    independent = {row["id"] for row in data["sources"] if row["kind"] in INDEPENDENT}
    for room, name in (("figures", "Figure"), ("claims", "Claim")):
        for row in data[room]:
            sources = row["sources"] if room == "claims" else [row["source"]]
            if row["status"] == "supported" and sources and not independent & set(sources):
                yield f"{name} {row['id']} is supported by nobody but its makers: {', '.join(sources)}."


def _of_numbers(data: Mapping[str, Any]) -> Iterator[str]:
    """Errors of numbering: claims are in the order of the pages, numbered from 1 on each page."""
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
