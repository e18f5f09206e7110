"""What is asked, told from its words: the checks of a request that a kind, a story or prompts/written.toml knows.

The reverse of drawing: the wordings of all requests are read backwards, and in a slot only what its table holds can stand, or a
number. Letter case and the last full stop do not count, as in what people type.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from random import Random
from typing import Any

from playground.text.prompts import STORY_OPENINGS
from playground.training.text.draw import check_of, story_check, told
from playground.training.text.kinds import Form, Kind
from playground.training.text.library import library
from playground.training.text.numbers import as_digits
from playground.training.text.prompts import check_of as check_by_hand
from playground.training.text.prompts import entries, opened_by
from playground.training.text.score import Check, key, words
from playground.training.text.slots import Values
from playground.training.text.stories import Story
from playground.training.text.templates import Field, Template

LONGEST = 400  # characters of a request that is read; no wording makes a longer one
END = ".!? "
MOST = 100  # readings of one wording
TRIES = 3000  # draws until it is given up to find numbers that come to those of the request

Place = tuple[int, int]  # slot, which of its rows


@dataclass(frozen=True, eq=False)
class Blank:
    """A field of a wording, read backwards."""

    field: Field

    @cached_property
    def rows(self) -> Mapping[str, list[tuple[str, ...]]]:
        """What may stand here, in small letters -> the rows that it may come from."""
        slot = self.field.slot
        found: dict[str, list[tuple[str, ...]]] = {}
        values: Values = [None] * (slot.at + 1)
        for row in slot.lines.rows:
            values[slot.at] = (row,) * slot.many if slot.many else row
            text = self.field.values(values)[0] if self.is_list else self.field.fill(values)
            found.setdefault(text.lower().rstrip(END), []).append(row)
        return found

    @property
    def is_list(self) -> bool:
        return self.field.path.startswith("list")

    def readings(self, text: str) -> Iterator[dict[Place, Any]]:
        """What the slot holds when ``text`` stands here."""
        at = self.field.slot.at
        if self.field.slot.table is None:
            if (number := number_in(text)) is not None:
                yield {(at, 0): number}
        elif self.is_list:
            parts = text.replace(" and ", ", ").split(", ")
            if len(parts) == self.field.slot.many and all(part in self.rows for part in parts):
                yield {(at, which): self.rows[part][0] for which, part in enumerate(parts)}
        else:
            which = int(self.field.path.partition(".")[0]) - 1 if self.field.slot.many else 0
            yield from ({(at, which): row} for row in self.rows.get(text.rstrip(END), ()))


@dataclass(frozen=True)
class Wording:
    """One wording of a request. form: None of a story; pieces: of its template, the text between the blanks in small letters."""

    of: Kind | Story
    form: Form | None
    ask: Template
    pieces: tuple[str | Blank, ...]


def checks_of(prompt: str) -> tuple[Check, ...]:
    """The checks of a request, one of every reading; none where nobody knows what a right reply holds."""
    prompt = prompt.strip()
    if len(prompt) > LONGEST:
        return ()
    if by_hand := written_by_hand().get(key(prompt)):
        return (by_hand,)
    text = " ".join(prompt.lower().split()).rstrip(END)
    found = tuple(check for wording in wordings() for check in read(prompt, text, wording))
    return found or ((opened_by(prompt),) if prompt.lower().startswith(STORY_OPENINGS) else ())


@cache
def written_by_hand() -> Mapping[str, Check]:
    return {key(entry["prompt"]): check_by_hand(entry) for entry in entries("written")}


@cache
def wordings() -> tuple[Wording, ...]:
    """Every wording of every request."""
    found = library()
    kinds = (
        Wording(kind, form, ask, tuple(backwards(ask)))
        for kind in found.kinds.values()
        for form in kind.forms
        for ask in form.asks
    )
    stories = (
        Wording(story, None, ask, tuple(backwards(ask))) for story in found.stories.values() for ask in story.asks
    )
    return (*kinds, *stories)


def backwards(ask: Template) -> Iterator[str | Blank]:
    last = len(ask.pieces) - 1
    for number, piece in enumerate(ask.pieces):
        if isinstance(piece, Field):
            yield Blank(piece)
        elif text := piece.lower().rstrip(END if number == last else ""):
            yield text


def read(prompt: str, text: str, wording: Wording) -> Iterator[Check]:
    """The checks of a prompt in one wording. text: the prompt in small letters, without the signs at its end."""
    if any(isinstance(piece, str) and piece not in text for piece in wording.pieces):
        return
    for _, drawn in zip(range(MOST), fillings(text, wording.pieces, {})):
        if (values := completed(drawn, wording.of)) is None:
            continue
        if isinstance(wording.of, Story):
            yield story_check(wording.of, values, prompt, told(wording.of, values, Random(0)), asked=wording.ask)
        elif wording.form is not None:
            yield check_of(wording.form, values, prompt, wording.form.answers[0].fill(values))


def fillings(text: str, pieces: tuple[str | Blank, ...], drawn: dict[Place, Any]) -> Iterator[dict[Place, Any]]:
    """Every way in which the pieces can make up the text. drawn: what the pieces before hold."""
    if not pieces:
        if not text:
            yield drawn
        return
    piece, rest = pieces[0], pieces[1:]
    if isinstance(piece, str):
        if text.startswith(piece):
            yield from fillings(text[len(piece) :], rest, drawn)
        return
    for end in ends(text, rest):
        for reading in piece.readings(text[:end]):
            if all(drawn.get(place, held) == held for place, held in reading.items()):
                yield from fillings(text[end:], rest, drawn | reading)


def ends(text: str, rest: tuple[str | Blank, ...]) -> Iterator[int]:
    """Where a blank at the start of the text can end."""
    if not rest:
        yield len(text)
    elif isinstance(rest[0], str):
        at = text.find(rest[0], 1)
        while at > 0:
            yield at
            at = text.find(rest[0], at + 1)
    else:
        yield from range(1, len(text))


def completed(drawn: Mapping[Place, Any], of: Kind | Story) -> Values | None:
    """The values of all slots: those that were read, the others drawn, as a right answer does not hang on them. None where what was
    read is not what is reckoned from any that can be drawn: 37 is no even number."""
    rng = Random(0)
    for _ in range(TRIES):
        values: Values = []
        for slot in of.slots:
            value = slot.draw(rng, values)
            if slot.many:
                value = tuple(drawn.get((slot.at, which), row) for which, row in enumerate(value))
            elif slot.needs and drawn.get((slot.at, 0), value) != value:
                break
            else:
                value = drawn.get((slot.at, 0), value)
            values.append(value)
        else:
            return values
    return None


def number_in(text: str) -> int | None:
    """ "41", "1,200", "forty-one"; None for anything else."""
    found = as_digits(words(text))
    return int(found[0]) if len(found) == 1 and found[0].isdigit() and len(found[0]) < 10 else None
