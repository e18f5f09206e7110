"""Further right answers, alternatives.toml: "long" is the opposite of "short" too, though the twins learn "tall"."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache

from playground.training.text.library import HERE
from playground.training.text.slots import Values
from playground.training.text.templates import Field


@cache
def alternatives() -> Mapping[str, Mapping[str, list[str]]]:
    """The further answers, by table and by the value that is asked about."""
    return tomllib.loads((HERE / "alternatives.toml").read_text(encoding="utf-8"))


def also_right(field: Field, values: Values) -> tuple[str, ...]:
    """What is as right as the field's value. Only the answers in a row have others, its first column has none."""
    slot = field.slot
    if slot.table is None or slot.many or field.column == slot.lines.columns[0]:
        return ()
    return tuple(alternatives().get(slot.lines.name, {}).get(values[slot.at][0], ()))
