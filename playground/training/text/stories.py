"""Plain stories, stories/NAME.toml: sentences in a fixed order about a hero, whose name, sex and wish stay the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playground.training.text.kinds import Note, read_slots, read_toml, share_of, templates, text_of, unknown_keys
from playground.training.text.slots import Slot
from playground.training.text.tables import Table
from playground.training.text.templates import Template

STORY_KEYS = {"about", "share", "length", "slots", "parts", "ask"}
PART_KEYS = {"say", "maybe"}
LENGTHS = {"short": 45, "long": 90}  # words at most; a short story fits into one reply
HERO = "hero"


@dataclass(frozen=True)
class Part:
    """One step of a story."""

    says: tuple[Template, ...]  # wordings, of which one is drawn
    maybe: bool  # whether the step is left out half of the time


@dataclass(frozen=True)
class Story:
    """A story that can be drawn."""

    name: str
    about: str  # a description on one line
    share: float  # relative frequency, normally 1
    length: str  # a key of LENGTHS
    slots: tuple[Slot, ...]
    hero: Slot  # the slot named hero
    parts: tuple[Part, ...]
    asks: tuple[Template, ...]  # requests for the story; they are drawn for short stories only


def read_story(path: Path, tables: Mapping[str, Table], note: Note) -> Story | None:
    """The story in one file; None if it has no hero or no parts. Every mistake is noted in a sentence."""
    found = read_toml(path, note)
    unknown_keys(found, STORY_KEYS, "the file", note)
    slots = read_slots(found, tables, note)
    length = found.get("length")
    if length not in LENGTHS:
        note(f"length must be one of {', '.join(LENGTHS)}, not {length!r}.")
        length = "long"
    asks = templates(found["ask"], "ask", slots, note) if "ask" in found else ()
    parts = tuple(
        part
        for number, raw in enumerate(found.get("parts", []), start=1)
        for part in read_part(raw, number, slots, note)
    )
    hero = slots.get(HERO)
    if hero is None or hero.table is None or "he" not in hero.table.columns:
        note("it needs a slot named hero, a row of a table that has the column he.")
        return None
    if not parts:
        note("it has no [[parts]] that can be drawn.")
        return None
    for ask in asks:
        # a hero that is always the same need not be named
        if len(hero.table.rows) > 1 and not any(field.slot is hero for field in ask.fields):
            note(f"the request {ask.source!r} does not name the hero.")
    about = text_of(found, "about", note)
    return Story(path.stem, about, share_of(found, note), length, tuple(slots.values()), hero, parts, asks)


def read_part(raw: Any, number: int, slots: Mapping[str, Slot], note: Note) -> list[Part]:
    """A list with the part, or an empty one if the part has no wording."""
    unknown_keys(raw, PART_KEYS, f"part {number}", note)
    says = templates(raw.get("say"), f"part {number}, say", slots, note)
    return [Part(says, bool(raw.get("maybe", False)))] if says else []
