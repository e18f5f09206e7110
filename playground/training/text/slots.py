"""Slots, which say how each value of a request is drawn: ``"2..9"``, ``"days"``, ``"days but day"``, ``"fruits x 3"``
or ``"= a + b"``."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from playground.training.text.mistakes import Mistake
from playground.training.text.tables import Table

RANGE = re.compile(r"(-?\w+)\.\.(-?\w+)")
PICKS = re.compile(r"(\w+) x (\d+)")
TRIES = 100  # draws of a value that "but" rules out, after which drawing fails
OPERATORS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.FloorDiv: "//"}

Values = list[Any]  # one per slot, in file order: a row, a tuple of rows, or an integer


@dataclass(frozen=True)
class Slot:
    """One slot of a request."""

    name: str  # as in {name}
    at: int  # its index in the values
    table: Table | None  # whose rows are drawn; None for a number
    many: int  # number of rows; 0 for a single row or a number
    needs: tuple[str, ...]  # names of the slots in its formula; empty if it has none
    unlike: tuple[int, ...]  # indices of the slots above it whose values it never has
    draw: Callable[[Random, Values], Any]  # (rng, values of the slots before it) -> value

    @property
    def lines(self) -> Table:
        """The table of a slot that is not a number."""
        assert self.table is not None, f"{self.name} is a number"
        return self.table


def parse_slot(name: str, spec: Any, before: Mapping[str, Slot], tables: Mapping[str, Table]) -> Slot:
    """The slot of one specification. ``before`` are the slots above it in the file. Raises Mistake if the specification
    cannot be read."""
    if not isinstance(spec, str):
        raise Mistake(f'slot {name!r} must be a string such as "days" or "2..9", not {spec!r}.')
    at = len(before)
    if spec.startswith("="):
        formula, needs = arithmetic(name, spec[1:].strip(), before)
        return Slot(name, at, None, 0, needs, (), lambda rng, values: formula(values))
    what, *others = (part.strip() for part in spec.split(" but "))
    ruled_out = tuple(slot_named(name, other, before).at for other in others)
    if found := RANGE.fullmatch(what):
        low, high = (bound(name, end, before) for end in found.groups())
        draw = unlike(name, ruled_out, lambda rng, values: between(rng, low(values), high(values)))
        return Slot(name, at, None, 0, (), ruled_out, draw)
    if found := PICKS.fullmatch(what):
        table, many = table_named(name, found[1], tables), int(found[2])
        if not 1 < many <= len(table.rows):
            raise Mistake(f"slot {name!r} wants {many} rows of {table.name}, which has {len(table.rows)}.")
        return Slot(name, at, table, many, (), (), lambda rng, values: tuple(rng.sample(table.rows, many)))
    table = table_named(name, what, tables)
    if len(table.rows) <= len(ruled_out):
        raise Mistake(f"slot {name!r} needs another row of {table.name}, which has only {len(table.rows)}.")
    draw = unlike(name, ruled_out, lambda rng, values: any_of(rng, table.rows))
    return Slot(name, at, table, 0, (), ruled_out, draw)


def any_of(rng: Random, options: tuple) -> Any:
    """A random option; three times as fast as rng.choice."""
    return options[int(rng.random() * len(options))]


def between(rng: Random, low: int, high: int) -> int:
    """A random integer from ``low`` to ``high``, both included."""
    return low + int(rng.random() * (high - low + 1))


def unlike(
    name: str, ruled_out: tuple[int, ...], draw: Callable[[Random, Values], Any]
) -> Callable[[Random, Values], Any]:
    """``draw``, but never a value that the slots numbered in ``ruled_out`` have. Drawing raises Mistake if it fails."""
    if not ruled_out:
        return draw

    def draw_another(rng: Random, values: Values) -> Any:
        taken = [values[at] for at in ruled_out]
        for _ in range(TRIES):
            if (value := draw(rng, values)) not in taken:
                return value
        raise Mistake(f"slot {name!r} found no value unlike {taken} in {TRIES} tries.")

    return draw_another


def slot_named(name: str, other: str, before: Mapping[str, Slot]) -> Slot:
    """The slot ``other``, which the slot ``name`` refers to. Raises Mistake if it is not above it in the file."""
    if other not in before:
        raise Mistake(f"slot {name!r} speaks of slot {other!r}, which does not stand above it.")
    return before[other]


def table_named(name: str, table: str, tables: Mapping[str, Table]) -> Table:
    """The table that the slot ``name`` refers to. Raises Mistake if it does not exist or has no rows."""
    if table not in tables:
        raise Mistake(f"slot {name!r} asks for a row of {table!r}: there is no tables/{table}.tsv.")
    if not tables[table].rows:
        raise Mistake(f"slot {name!r} asks for a row of {table!r}, which has no rows.")
    return tables[table]


def bound(name: str, end: str, before: Mapping[str, Slot]) -> Callable[[Values], int]:
    """One bound of a range, as a function of the values: a constant, or the value of a number slot above."""
    if end.lstrip("-").isdigit():
        number = int(end)
        return lambda values: number
    at = slot_named(name, end, before).at
    return lambda values: values[at]


def arithmetic(name: str, text: str, before: Mapping[str, Slot]) -> tuple[Callable[[Values], int], tuple[str, ...]]:
    """A formula as a function of the values, and the names of the slots in it. It may contain integers, number slots,
    + - * // and brackets; anything else raises Mistake. So does the function where it divides by zero."""
    try:
        tree = ast.parse(text, mode="eval")
    except SyntaxError:
        raise Mistake(f"slot {name!r}: {text!r} is no formula.") from None
    needs: list[str] = []

    def written(node: ast.AST) -> str:
        if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
            return f"({written(node.left)} {OPERATORS[type(node.op)]} {written(node.right)})"
        if isinstance(node, ast.Constant) and isinstance(node.value, int):
            return str(node.value)
        if isinstance(node, ast.Name):
            slot = slot_named(name, node.id, before)
            if slot.table:
                raise Mistake(f"slot {name!r} counts with {node.id!r}, which is no number.")
            needs.append(node.id)
            return f"values[{slot.at}]"
        raise Mistake(
            f"slot {name!r}: a formula may hold numbers, slots, + - * // and brackets, not {ast.unparse(node)!r}."
        )

    # eval is safe: written() builds the text from allowed nodes only.
    formula = eval(f"lambda values: {written(tree.body)}", {})

    def result(values: Values) -> int:
        try:
            return formula(values)
        except ZeroDivisionError:
            raise Mistake(f"slot {name!r} divides by zero: {text!r}.") from None

    return result, tuple(needs)
