"""Slots: how each value of a request is drawn. ``"2..9"``, ``"days"``, ``"days but day"``, ``"fruits x 3"``, ``"= a + b"``."""

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
TRIES = 100  # draws until a value that a "but" rules out is given up
OPERATORS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.FloorDiv: "//"}

Values = list[Any]  # by slot, in the order of the file: a row, a tuple of rows, or a whole number


@dataclass(frozen=True)
class Slot:
    """name: as in {name}; at: its place among the values; table: of its rows, None for a number; many: rows it holds,
    0 for one row or number; needs: slots its value follows from, where it is arithmetic; draw: (rng, values) -> value."""

    name: str
    at: int
    table: Table | None
    many: int
    needs: tuple[str, ...]
    draw: Callable[[Random, Values], Any]

    @property
    def lines(self) -> Table:
        """The table of a slot that is no number."""
        assert self.table is not None, f"{self.name} is a number"
        return self.table


def parse_slot(name: str, spec: Any, before: Mapping[str, Slot], tables: Mapping[str, Table]) -> Slot:
    """Raises Mistake where the specification cannot be read; ``before`` are the slots above it in the file."""
    if not isinstance(spec, str):
        raise Mistake(f'slot {name!r} must be a string such as "days" or "2..9", not {spec!r}.')
    at = len(before)
    if spec.startswith("="):
        formula, needs = arithmetic(name, spec[1:].strip(), before)
        return Slot(name, at, None, 0, needs, lambda rng, values: formula(values))
    what, *others = (part.strip() for part in spec.split(" but "))
    ruled_out = tuple(slot_named(name, other, before).at for other in others)
    if found := RANGE.fullmatch(what):
        low, high = (bound(name, end, before) for end in found.groups())
        return Slot(
            name, at, None, 0, (), unlike(name, ruled_out, lambda rng, values: between(rng, low(values), high(values)))
        )
    if found := PICKS.fullmatch(what):
        table, many = table_named(name, found[1], tables), int(found[2])
        if not 1 < many <= len(table.rows):
            raise Mistake(f"slot {name!r} wants {many} rows of {table.name}, which has {len(table.rows)}.")
        return Slot(name, at, table, many, (), lambda rng, values: tuple(rng.sample(table.rows, many)))
    table = table_named(name, what, tables)
    if len(table.rows) <= len(ruled_out):
        raise Mistake(f"slot {name!r} needs another row of {table.name}, which has only {len(table.rows)}.")
    return Slot(name, at, table, 0, (), unlike(name, ruled_out, lambda rng, values: any_of(rng, table.rows)))


def any_of(rng: Random, options: tuple) -> Any:
    """rng.choice, three times as fast."""
    return options[int(rng.random() * len(options))]


def between(rng: Random, low: int, high: int) -> int:
    return low + int(rng.random() * (high - low + 1))


def unlike(
    name: str, ruled_out: tuple[int, ...], draw: Callable[[Random, Values], Any]
) -> Callable[[Random, Values], Any]:
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
    if other not in before:
        raise Mistake(f"slot {name!r} speaks of slot {other!r}, which does not stand above it.")
    return before[other]


def table_named(name: str, table: str, tables: Mapping[str, Table]) -> Table:
    if table not in tables:
        raise Mistake(f"slot {name!r} asks for a row of {table!r}: there is no tables/{table}.tsv.")
    if not tables[table].rows:
        raise Mistake(f"slot {name!r} asks for a row of {table!r}, which has no rows.")
    return tables[table]


def bound(name: str, end: str, before: Mapping[str, Slot]) -> Callable[[Values], int]:
    """One end of a range: a number, or a number slot above."""
    if end.lstrip("-").isdigit():
        number = int(end)
        return lambda values: number
    at = slot_named(name, end, before).at
    return lambda values: values[at]


def arithmetic(name: str, text: str, before: Mapping[str, Slot]) -> tuple[Callable[[Values], int], tuple[str, ...]]:
    """A formula of whole numbers and number slots with + - * // and brackets, and the slots it uses."""
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

    return eval(f"lambda values: {written(tree.body)}", {}), tuple(needs)  # only what written() lets through
