"""Recognises requests of a kind, for a story or from prompts/written.toml, and returns the checks of their replies.

This is the inverse of drawing: the prompt is matched with the wordings of all requests. A slot matches only the
values of its table, or a number. Letter case and punctuation at the end are ignored, because people type so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, cached_property
from random import Random
from typing import Any

from playground.text.prompts import STORY_OPENINGS
from playground.training.text.draw import check_of, story_check, told
from playground.training.text.kinds import Form, Kind
from playground.training.text.library import library
from playground.training.text.mistakes import Mistake
from playground.training.text.numbers import as_digits
from playground.training.text.prompts import check_of as check_by_hand
from playground.training.text.prompts import entries, opened_by
from playground.training.text.score import Check, key, words
from playground.training.text.slots import Values
from playground.training.text.stories import Story
from playground.training.text.templates import Field, Template

LONGEST = 400  # characters; no wording gives a longer request
END = ".!? "  # ignored at the end of a request
MOST = 100  # matches of one wording that are checked
TRIES = 3000  # draws of the other slots, after which a match counts as impossible

Place = tuple[int, int]  # (index of a slot, index among its rows)


@dataclass(frozen=True, eq=False)
class Blank:
    """A field of a wording, to be matched with text."""

    field: Field

    @cached_property
    def rows(self) -> Mapping[str, list[tuple[str, ...]]]:
        """The texts that match the field, in lower case without punctuation at the end, each with the rows of the table
        that give it."""
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
        """Whether the field lists all rows of its slot."""
        return self.field.path.startswith("list")

    def readings(self, text: str) -> Iterator[dict[Place, Any]]:
        """All values of the slot that give ``text``: rows or a number, by place."""
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
    """One wording of a request, to be matched with a prompt."""

    of: Kind | Story
    form: Form | None  # None for a story
    ask: Template
    pieces: tuple[str | Blank, ...]  # of the template; the text between the blanks is in lower case


def checks_of(prompt: str) -> tuple[Check, ...]:
    """The checks of a prompt, one per match; empty if the prompt is not recognised."""
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
    """The checks of the prompts written by hand, by key (score.key)."""
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
    """The pieces of a template for matching; text is in lower case, without punctuation at the end."""
    last = len(ask.pieces) - 1
    for number, piece in enumerate(ask.pieces):
        if isinstance(piece, Field):
            yield Blank(piece)
        elif text := piece.lower().rstrip(END if number == last else ""):
            yield text


def read(prompt: str, text: str, wording: Wording) -> Iterator[Check]:
    """The checks of a prompt, one per match with one wording. ``text`` is the prompt in lower case without
    punctuation at its end."""
    if any(isinstance(piece, str) and piece not in text for piece in wording.pieces):
        return
    for _, drawn in zip(range(MOST), fillings(text, wording.pieces, {})):
        # People ask for numbers that are never drawn: 5 divided by 0, or 1234567 in words. They have no answer here.
        with suppress(Mistake):
            if (values := completed(drawn, wording.of)) is not None:
                yield check(prompt, wording, values)


def check(prompt: str, wording: Wording, values: Values) -> Check:
    """The check of a prompt that a wording with these values gives. Raises Mistake if its answer cannot be written."""
    if isinstance(wording.of, Story):
        return story_check(wording.of, values, prompt, told(wording.of, values, Random(0)), asked=wording.ask)
    assert wording.form is not None, "a kind has forms"
    return check_of(wording.form, values, prompt, wording.form.answers[0].fill(values))


def fillings(text: str, pieces: tuple[str | Blank, ...], drawn: dict[Place, Any]) -> Iterator[dict[Place, Any]]:
    """Every match of ``pieces`` with the whole text, as values by place. ``drawn`` are the values of earlier pieces,
    with which a match must agree."""
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
    """Every position where a blank at the start of the text can end, given the pieces after it."""
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
    """Values of all slots: the matched ones, and random ones for the others, because a right answer does not depend on
    them. None if no drawn values give a matched number by the slots' arithmetic, as when 37 is matched with 2 * n, or
    if two slots that must differ are matched with the same value. Raises Mistake if a slot cannot be drawn."""
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
            if any(value == values[other] for other in slot.unlike):
                break
            values.append(value)
        else:
            return values
    return None


def number_in(text: str) -> int | None:
    """The number in a text such as "41", "1,200" or "forty-one"; None for anything else."""
    found = as_digits(words(text))
    return int(found[0]) if len(found) == 1 and found[0].isdigit() and len(found[0]) < 10 else None
