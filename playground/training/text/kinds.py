"""Kinds of requests: kinds/NAME.toml. What may be asked, in which wordings, what is then answered, what a right reply holds."""

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
FORM_KEYS = {"ask", "answer", "follow", "must", "members", "count"}
FEWEST_ASKS, MOST_ANSWERS = 3, 2
THANKS = "thanks"  # the table whose rows are a user's thanks and the reply to it


@dataclass(frozen=True)
class Form:
    """Wordings that take the same answers. follows: further pairs of turns, one is drawn half of the time; must: None for
    what the answer's slots say; members, count: so many different values of the column are right, whichever they are."""

    asks: tuple[Template, ...]
    answers: tuple[Template, ...]
    follows: Turns
    must: tuple[Template, ...] | None
    members: tuple[str, ...]
    count: int


@dataclass(frozen=True)
class Kind:
    """about: one plain line; example: a prompt for the page; share: how often it is drawn, 1 as a rule."""

    name: str
    about: str
    example: str
    share: float
    slots: tuple[Slot, ...]
    forms: tuple[Form, ...]


def read_toml(path: Path, note: Note) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        note("it is no UTF-8 text.")
    except tomllib.TOMLDecodeError as error:
        note(f"it is no TOML: {error}.")
    return {}


def read_kind(path: Path, tables: Mapping[str, Table], note: Note) -> Kind:
    """The kind of one file; every fault is noted in a sentence, and what has it is left out."""
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
    for key in found.keys() - known:
        note(f"{where} has {key!r}, which nobody reads; there are {', '.join(sorted(known))}.")


def text_of(found: Mapping[str, Any], key: str, note: Note) -> str:
    text = found.get(key)
    if not isinstance(text, str) or not text.strip():
        note(f'it needs {key} = "...", one plain line.')
        return ""
    return text


def share_of(found: Mapping[str, Any], note: Note) -> float:
    share = found.get("share", 1.0)
    if not isinstance(share, (int, float)) or share <= 0:
        note(f"share must be a number above 0, not {share!r}.")
        return 1.0
    return float(share)


def read_slots(found: Mapping[str, Any], tables: Mapping[str, Table], note: Note) -> dict[str, Slot]:
    slots: dict[str, Slot] = {}
    for name, spec in found.get("slots", {}).items():
        try:
            slots[name] = parse_slot(name, spec, slots, tables)
        except Mistake as mistake:
            note(str(mistake))
    return slots


def templates(texts: Any, what: str, slots: Mapping[str, Slot], note: Note) -> tuple[Template, ...]:
    """Every text of a list that can be read; the rest is noted."""
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
    """The form, or none where it cannot be drawn."""
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
    members, count = read_members(raw, where, tables, note)
    return [Form(asks, answers, read_follows(raw.get("follow"), where, slots, tables, note), must, members, count)]


def decided_by(ask: Template, slots: Mapping[str, Slot]) -> set[str]:
    """The slots whose value the request gives, be it by arithmetic."""
    known = {field.slot.name for field in ask.fields}
    for slot in slots.values():  # in order, so that a sum of sums is found
        if slot.needs and known.issuperset(slot.needs):
            known.add(slot.name)
    return known


def read_members(
    raw: Mapping[str, Any], where: str, tables: Mapping[str, Table], note: Note
) -> tuple[tuple[str, ...], int]:
    """members = "fruits" or "fruits.plural", count = 3."""
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
    """Pairs of templates; "thanks" stands for the rows of that table."""
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
