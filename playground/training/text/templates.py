"""Templates: text with {slots}, parsed once and filled many times.

``{slot}`` is the first column of its row or its number, ``{slot.column}`` another column, ``{slot.2}`` the second of
several rows, ``{slot.2.column}`` a column of it, and ``{slot.list}`` all rows as "a, b and c". Filters come last:
``|a`` adds the article a or an, ``|cap`` makes the first letter a capital, ``|low`` makes it a small letter, and
``|word`` writes a number as a word.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from playground.training.text.mistakes import Mistake
from playground.training.text.numbers import in_words
from playground.training.text.slots import Slot, Values

FIELD = re.compile(r"\{([^{}]*)\}")
SILENT = ("hour", "honest", "heir", "honor")  # take "an" although they start with h
LIKE_YOU = ("uni", "use", "usual", "eu", "one", "once", "ukulele", "uk", "us ")  # take "a" although a vowel starts them


def with_article(text: str) -> str:
    """The text with its indefinite article: "apple" -> "an apple"."""
    low = text.lower()
    vowel = (
        low.startswith(SILENT) or (low[:1] in "aeiou8" and not low.startswith(LIKE_YOU)) or re.match(r"(11|18)\b", low)
    )
    if low.startswith(("unin", "unim")):  # uninteresting, unimportant
        vowel = True
    return f"{'an' if vowel else 'a'} {text}"


def number_word(text: str) -> str:
    """The filter |word: "41" -> "forty-one". Raises Mistake if the text is not an integer of at most six digits."""
    if not re.fullmatch(r"-?\d{1,6}", text):
        raise Mistake(f"|word writes whole numbers, not {text!r}.")
    return in_words(int(text))


FILTERS: dict[str, Callable[[str], str]] = {
    "a": with_article,
    "cap": lambda text: text[:1].upper() + text[1:],
    "low": lambda text: text[:1].lower() + text[1:],
    "word": number_word,
}


@dataclass(frozen=True)
class Field:
    """One {...} of a template."""

    source: str  # as written, with its brackets
    slot: Slot
    path: str  # the part after the slot's name, without filters
    column: str | None  # the name of its column; None for a number
    fill: Callable[[Values], str]  # the text for drawn values
    values: Callable[[Values], tuple[str, ...]]  # the strings before filters; several for a list

    @property
    def column_values(self) -> tuple[str, ...]:
        """All values of its column; empty for a number."""
        return self.slot.lines.column(self.column) if self.column else ()


@dataclass(frozen=True)
class Template:
    """A parsed template."""

    source: str  # as written
    pieces: tuple[str | Field, ...]  # text and fields in order

    @property
    def fields(self) -> tuple[Field, ...]:
        """The fields in order."""
        return tuple(piece for piece in self.pieces if isinstance(piece, Field))

    def fill(self, values: Values) -> str:
        """The text for drawn values."""
        return "".join([piece if isinstance(piece, str) else piece.fill(values) for piece in self.pieces])


def parse_template(source: Any, slots: Mapping[str, Slot]) -> Template:
    """Parse a template. Raises Mistake if it is not a text, or for an unknown slot, column or filter."""
    if not isinstance(source, str) or not source.strip():
        raise Mistake(f"{source!r} must be a text that is not empty.")
    if source != " ".join(source.split()):
        raise Mistake(f"{source!r} has two spaces in a row, a line break, or a space at an end.")
    rest = FIELD.sub("", source)
    if "{" in rest or "}" in rest:
        raise Mistake(f"{source!r} has a bracket without its other half.")
    pieces: list[str | Field] = []
    for number, piece in enumerate(FIELD.split(source)):  # text, field, text, ...
        if number % 2:
            pieces.append(parse_field(piece, source, slots))
        elif piece:
            pieces.append(piece)
    return Template(source, tuple(pieces))


def parse_field(text: str, source: str, slots: Mapping[str, Slot]) -> Field:
    """The field between two brackets. ``source`` is the whole template, for messages. Raises Mistake."""
    path, *filters = text.split("|")
    name, *steps = path.split(".")
    if name not in slots:
        raise Mistake(f"{source!r} uses slot {name!r}, which [slots] does not have.")
    slot = slots[name]
    column, values = reader(slot, steps, source)
    fill = joined_values(values) if steps[:1] == ["list"] else only_value(values)
    for name in filters:
        if name not in FILTERS:
            raise Mistake(f"{source!r} uses filter {name!r}; there are {', '.join(FILTERS)}.")
        fill = filtered(FILTERS[name], fill)
    return Field(f"{{{text}}}", slot, ".".join(steps), column, fill, values)


def joined_values(values: Callable[[Values], tuple[str, ...]]) -> Callable[[Values], str]:
    """A function from drawn values to several strings joined as "a, b and c"."""

    def fill(drawn: Values) -> str:
        *most, last = values(drawn)
        return f"{', '.join(most)} and {last}"

    return fill


def only_value(values: Callable[[Values], tuple[str, ...]]) -> Callable[[Values], str]:
    """A function from drawn values to the only string."""
    return lambda drawn: values(drawn)[0]


def filtered(change: Callable[[str], str], fill: Callable[[Values], str]) -> Callable[[Values], str]:
    """A function that applies a filter to the result of ``fill``."""
    return lambda values: change(fill(values))


def reader(slot: Slot, steps: list[str], source: str) -> tuple[str | None, Callable[[Values], tuple[str, ...]]]:
    """(name of the column, function from drawn values to the strings that are shown) of ``slot.steps``. Raises
    Mistake if there is no such row or column."""
    at = slot.at
    if slot.table is None:
        if steps:
            raise Mistake(f"{source!r} asks for {steps[0]!r} of {slot.name!r}, which is a number.")
        return None, lambda values: (str(values[at]),)
    if not slot.many:
        column, shown = column_of(slot, steps, source)
        return shown, lambda values: (values[at][column],)
    if not steps or not (steps[0] == "list" or (steps[0].isdigit() and 1 <= int(steps[0]) <= slot.many)):
        raise Mistake(f"{source!r} must say which of {slot.name!r}: .1 to .{slot.many} or .list.")
    column, shown = column_of(slot, steps[1:], source)
    if steps[0] == "list":
        return shown, lambda values: tuple([row[column] for row in values[at]])
    which = int(steps[0]) - 1
    return shown, lambda values: (values[at][which][column],)


def column_of(slot: Slot, steps: list[str], source: str) -> tuple[int, str]:
    """(index, name) of the column that ``steps`` names; the first one if it is empty. Raises Mistake if there is
    none."""
    columns = slot.lines.columns
    if len(steps) > 1 or (steps and steps[0] not in columns):
        raise Mistake(
            f"{source!r} asks for {'.'.join(steps)!r} of {slot.name!r}; tables/{slot.lines.name}.tsv has the columns "
            f"{', '.join(columns)}."
        )
    at = columns.index(steps[0]) if steps else 0
    return at, columns[at]
