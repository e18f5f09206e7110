"""Kinds of requests, kinds/NAME.toml: wordings of the request and of the answer, and what a right reply contains."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playground.training.text.mistakes import Mistake
from playground.training.text.slots import Slot, parse_slot
from playground.training.text.tables import Table
from playground.training.text.templates import Template, parse_template

Note = Callable[[str], None]
Turns = tuple[tuple[Template, Template], ...]  # (user, assistant) pairs
KIND_KEYS = {"about", "example", "share", "slots", "forms", "follow"}
FORM_KEYS = {"ask", "answer", "follow", "must", "sign", "members", "count"}
FEWEST_ASKS, MOST_ANSWERS = 3, 2
THANKS = "thanks"  # the table of (a user's thanks, the reply)


@dataclass(frozen=True)
class Form:
    """Wordings of a request that share their answers."""

    asks: tuple[Template, ...]  # wordings of the request
    answers: tuple[Template, ...]  # wordings of the answer
    follows: Turns  # pairs of follow-up turns; half of the time one is drawn
    must: tuple[Template, ...] | None  # texts that a right reply contains; None for the values of the answer's slots
    sign: tuple[str, ...]  # a right reply also contains one of these: "canceled" tells it from "booked"
    members: tuple[str, ...]  # a right reply contains ``count`` distinct ones of these
    count: int  # 0 without members


@dataclass(frozen=True)
class Kind:
    """A kind of request."""

    name: str
    about: str  # a description on one line
    example: str  # a prompt for the page
    share: float  # relative frequency, normally 1
    slots: tuple[Slot, ...]
    forms: tuple[Form, ...]


def read_toml(path: Path, note: Note) -> dict[str, Any]:
    """The content of a TOML file; empty if it cannot be read, which is noted."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        note("it is no UTF-8 text.")
    except tomllib.TOMLDecodeError as error:
        note(f"it is no TOML: {error}.")
    return {}


def read_kind(path: Path, tables: Mapping[str, Table], note: Note) -> Kind:
    """The kind in one file. Every mistake is noted in a sentence, and the faulty part is left out."""
    found = read_toml(path, note)
    unknown_keys(found, KIND_KEYS, "the file", note)
    slots = read_slots(found, tables, note)
    forms = []
    for number, raw in enumerate(found.get("forms", []), start=1):
        forms += read_form({"follow": found.get("follow", []), **raw}, number, slots, tables, note)
    if not forms:
        note("it has no [[forms]] that can be drawn.")
    return Kind(
        path.stem,
        text_of(found, "about", note),
        text_of(found, "example", note),
        share_of(found, note),
        tuple(slots.values()),
        tuple(forms),
    )


def unknown_keys(found: Mapping[str, Any], known: set[str], where: str, note: Note) -> None:
    """Note every key that is not in ``known``."""
    for key in found.keys() - known:
        note(f"{where} has {key!r}, which nobody reads; there are {', '.join(sorted(known))}.")


def text_of(found: Mapping[str, Any], key: str, note: Note) -> str:
    """The text of a key; empty if it is missing, which is noted."""
    text = found.get(key)
    if not isinstance(text, str) or not text.strip():
        note(f'it needs {key} = "...", one plain line.')
        return ""
    return text


def share_of(found: Mapping[str, Any], note: Note) -> float:
    """The share of a kind or story; 1 if none is given, or if it is not above 0, which is noted."""
    share = found.get("share", 1.0)
    if not isinstance(share, (int, float)) or share <= 0:
        note(f"share must be a number above 0, not {share!r}.")
        return 1.0
    return float(share)


def read_slots(found: Mapping[str, Any], tables: Mapping[str, Table], note: Note) -> dict[str, Slot]:
    """The slots of a file by name, in order; a slot with a mistake is noted and left out."""
    slots: dict[str, Slot] = {}
    for name, spec in found.get("slots", {}).items():
        try:
            slots[name] = parse_slot(name, spec, slots, tables)
        except Mistake as mistake:
            note(str(mistake))
    return slots


def templates(texts: Any, what: str, slots: Mapping[str, Slot], note: Note) -> tuple[Template, ...]:
    """The templates of a list of texts; a text that is not a template is noted and left out."""
    if not isinstance(texts, list) or not texts:
        note(f"{what} must be a list of texts that is not empty.")
        return ()
    out = []
    for text in texts:
        try:
            out.append(parse_template(text, slots))
        except Mistake as mistake:
            note(f"{what}: {mistake}")
    return tuple(out)


def read_form(
    raw: Mapping[str, Any], number: int, slots: Mapping[str, Slot], tables: Mapping[str, Table], note: Note
) -> list[Form]:
    """A list with the form, or an empty one if the form cannot be drawn."""
    where = f"form {number}"
    unknown_keys(raw, FORM_KEYS, where, note)
    asks = templates(raw.get("ask"), f"{where}, ask", slots, note)
    answers = templates(raw.get("answer"), f"{where}, answer", slots, note)
    if not asks or not answers:
        return []
    if len(asks) < FEWEST_ASKS:
        note(f"{where} has {len(asks)} wordings of the request; give at least {FEWEST_ASKS}.")
    if len(answers) > MOST_ANSWERS:
        note(f"{where} has {len(answers)} wordings of the answer; give at most {MOST_ANSWERS}, one is best.")
    for ask in asks:
        for answer in answers:
            for name in sorted({field.slot.name for field in answer.fields} - decided_by(ask, slots)):
                note(
                    f"{where}: the answer {answer.source!r} uses slot {name!r}, which the request {ask.source!r} does not name."
                )
    must = templates(raw["must"], f"{where}, must", slots, note) if raw.get("must") else None
    sign = (
        tuple(template.source for template in templates(raw["sign"], f"{where}, sign", {}, note))
        if "sign" in raw
        else ()
    )
    follows = read_follows(raw.get("follow"), where, slots, tables, note)
    return [Form(asks, answers, follows, must, sign, *read_members(raw, where, tables, note))]


def decided_by(ask: Template, slots: Mapping[str, Slot]) -> set[str]:
    """The slots whose values the request states, directly or by arithmetic."""
    known = {field.slot.name for field in ask.fields}
    for slot in slots.values():  # in file order, so that a sum of sums is found
        if slot.needs and known.issuperset(slot.needs):
            known.add(slot.name)
    return known


def read_members(
    raw: Mapping[str, Any], where: str, tables: Mapping[str, Table], note: Note
) -> tuple[tuple[str, ...], int]:
    """Form.members and Form.count, from entries such as members = "fruits" or "fruits.plural", count = 3."""
    if "members" not in raw and "count" not in raw:
        return (), 0
    name, _, column = str(raw.get("members", "")).partition(".")
    count = raw.get("count")
    if name not in tables or (column and column not in tables[name].columns):
        note(f"{where}: members = {raw.get('members')!r} is neither TABLE nor TABLE.COLUMN.")
    elif not isinstance(count, int) or not 0 < count <= len(tables[name].rows):
        note(f"{where}: count must be a whole number up to the {len(tables[name].rows)} rows of {name}, not {count!r}.")
    else:
        return tables[name].column(column or tables[name].columns[0]), count
    return (), 0


def read_follows(raw: Any, where: str, slots: Mapping[str, Slot], tables: Mapping[str, Table], note: Note) -> Turns:
    """Pairs of templates, one per follow-up; the word "thanks" means the rows of that table."""
    if raw == THANKS and THANKS in tables:
        raw = [list(row[:2]) for row in tables[THANKS].rows]
    if not isinstance(raw, list):
        note(f'{where}: follow must be pairs of texts, or "thanks" where there is tables/thanks.tsv; it is {raw!r}.')
        return ()
    pairs = []
    for pair in raw:
        if not isinstance(pair, list) or len(pair) != 2:
            note(f"{where}: follow must be pairs of texts, not {pair!r}.")
        elif len(turns := templates(pair, f"{where}, follow", slots, note)) == 2:
            pairs.append((turns[0], turns[1]))
    return tuple(pairs)
