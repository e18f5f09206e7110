"""Tables of values, tables/NAME.tsv: the first row names the columns, and each other row is one value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

Row = tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """One table of values."""

    name: str
    columns: tuple[str, ...]  # names; the first column holds the value itself
    rows: tuple[Row, ...]  # one string per column

    def column(self, name: str) -> tuple[str, ...]:
        """All strings of one column, in order of the rows."""
        return self._by_column[name]

    @cached_property
    def _by_column(self) -> dict[str, tuple[str, ...]]:
        return dict(zip(self.columns, zip(*self.rows)))


def read_table(path: Path, note: Callable[[str], None]) -> Table:
    """The table in one file. Every mistake is noted in a sentence, and its row is left out."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except UnicodeDecodeError:
        note("it is no UTF-8 text.")
        lines = [""]
    columns = tuple(lines[0].split("\t"))
    for column in columns:
        if not column.isidentifier():
            note(f"the first row names the columns, but {column!r} is no name (letters, digits and _).")
    if lines[-1] == "":
        lines.pop()
    rows: list[Row] = []
    seen: set[str] = set()
    for number, line in enumerate(lines[1:], start=2):
        row = tuple(line.split("\t"))
        if fault := row_fault(row, columns, seen):
            note(f"row {number} {fault}")
            continue
        seen.add(row[0])
        rows.append(row)
    if not rows:
        note("it has no rows.")
    return Table(path.stem, columns, tuple(rows))


def row_fault(row: Row, columns: tuple[str, ...], seen: set[str]) -> str | None:
    """The mistake in a row as the end of a sentence, or None. ``seen`` are the values of earlier rows."""
    if len(row) != len(columns):
        return f"has {len(row)} columns, the first row names {len(columns)}: {', '.join(row)!r}."
    for value in row:
        if not value or value != " ".join(value.split()):
            return f"has an empty value, or spaces too many, in {value!r}."
    if row[0] in seen:
        return f"repeats the value {row[0]!r}."
    return None
