"""JSON data against a schema: the part of JSON Schema 2020-12 that playground/trace/trace.schema.json uses. No library, no page, no torch.

The page has the same checker in assets/page/trace_check.js, with the same sentences; tests/trace/test_run_files.py holds one against the other.
Beyond JSON Schema, all text must be whole characters, all numbers finite, and what is not described at most so many levels deep.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

Rule = Callable[[Any], None]  # raises Broken

NAMES = {
    "object": "an object",
    "array": "a list",
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "null": "nothing",
}


class Broken(ValueError):
    """A value that breaks a rule. says: what of it is wrong; path: to it from the whole, innermost last."""

    def __init__(self, says: str):
        super().__init__(says)
        self.says = says
        self.path: list[str | int] = []

    def __str__(self) -> str:
        where = "".join(
            f"[{step}]" if isinstance(step, int) else f".{step[:40]}" for step in reversed(self.path)
        ).lstrip(".")
        return f"{where or 'it'} {self.says}"


def read_json(text: str) -> Any:
    """JSON as browsers read it: without NaN, and a long number as the nearest that a double holds. Raises ValueError or
    RecursionError."""
    return json.loads(
        text, parse_int=lambda digits: int(digits) if len(digits) < 17 else float(digits), parse_constant=_no_number
    )


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number in JSON.")


def checker(schema: Mapping[str, Any]) -> Rule:
    """A function that raises Broken for data that breaks the schema."""
    return _rule(schema, schema)


def is_text(value: str) -> bool:
    """Whether it holds only characters: JSON can spell half of one."""
    return value.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in value)


def _rule(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Rule:
    if "$ref" in schema:
        schema = root["$defs"][schema["$ref"].removeprefix("#/$defs/")]
    if not schema:
        return _anything(root["x-depth"])
    if "enum" in schema:
        return _one_of(schema["enum"])
    types = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
    found = {name: MAKERS[name](schema, root) for name in types}
    expected = "must be " + " or ".join(NAMES[name] for name in types)

    def rule(value: Any) -> None:
        kind = kind_of(value)
        check = found.get(kind)
        if check is None and kind == "integer":
            check = found.get("number")
        if check is None:
            raise Broken(expected)
        check(value)

    return rule


def kind_of(value: Any) -> str:
    if isinstance(value, str):
        return "string"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "integer" if value.is_integer() else "number"
    if value is None:
        return "null"
    return "array" if isinstance(value, list) else "object"


def _one_of(values: list[Any]) -> Rule:
    says = "must be one of " + ", ".join("nothing" if value is None else value for value in values)

    def rule(value: Any) -> None:
        if not (value is None or isinstance(value, str)) or value not in values:
            raise Broken(says)

    return rule


def _number(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Rule:
    low, high = schema.get("minimum", -1.7e308), schema.get("maximum", 1.7e308)  # what is larger is infinite somewhere
    says = f"must be from {low} to {high}" if "minimum" in schema else "is too large"

    def rule(value: float) -> None:
        if not low <= value <= high:
            raise Broken(says)

    return rule


def _string(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Rule:
    least, most = schema.get("minLength", 0), schema.get("maxLength", root["x-bytes"])

    def rule(value: str) -> None:
        if len(value) < least:
            raise Broken("is empty")
        if len(value) > most:
            raise Broken(f"is longer than {most} characters")
        if not is_text(value):
            raise Broken("holds half a character")

    return rule


def _array(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Rule:
    least, most = schema.get("minItems", 0), schema.get("maxItems", root["x-bytes"])
    if "prefixItems" in schema:
        parts = [_rule(part, root) for part in schema["prefixItems"]]
        least = most = len(parts)
    item = _rule(schema.get("items", {}), root)

    def rule(value: list[Any]) -> None:
        if len(value) < least:
            raise Broken(f"has fewer than {least} entries" if least > 1 else "is empty")
        if len(value) > most:
            raise Broken(f"has more than {most} entries")
        pairs = zip(value, parts) if "prefixItems" in schema else ((each, item) for each in value)
        for at, (each, check) in enumerate(pairs):
            try:
                check(each)
            except Broken as broken:
                broken.path.append(at)
                raise

    return rule


def _object(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Rule:
    known = {name: _rule(part, root) for name, part in schema.get("properties", {}).items()}
    other = _rule(schema.get("additionalProperties", {}), root)
    required, most = schema.get("required", ()), schema.get("maxProperties", 1000)
    pattern = re.compile(schema.get("propertyNames", {}).get("pattern", r"[\s\S]{0,200}"))

    def rule(value: dict[str, Any]) -> None:
        if len(value) > most:
            raise Broken(f"has more than {most} entries")
        for name in required:
            if name not in value:
                raise Broken(f"has no {name}")
        for name, each in value.items():
            if not pattern.fullmatch(name) or not is_text(name):
                raise Broken("has an entry with a wrong name")
            try:
                known.get(name, other)(each)
            except Broken as broken:
                broken.path.append(name)
                raise

    return rule


def _anything(depth: int) -> Rule:
    """Whatever JSON holds, so many levels deep."""
    number, string = _number({}, {}), _string({}, {"x-bytes": 1 << 26})

    def rule(value: Any, left: int = depth) -> None:
        kind = kind_of(value)
        if kind in ("integer", "number"):
            number(value)
        elif kind == "string":
            string(value)
        elif kind in ("array", "object"):
            if not left:
                raise Broken("is too deep")
            entries: Iterable[tuple[Any, Any]] = value.items() if kind == "object" else enumerate(value)
            for name, each in entries:
                if kind == "object" and not is_text(name):
                    raise Broken("has an entry with a wrong name")
                try:
                    rule(each, left - 1)
                except Broken as broken:
                    broken.path.append(name)
                    raise

    return rule


def _nothing(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Rule:
    return lambda value: None


MAKERS: dict[str, Callable[[Mapping[str, Any], Mapping[str, Any]], Rule]] = {
    "object": _object,
    "array": _array,
    "string": _string,
    "number": _number,
    "integer": _number,
    "boolean": _nothing,
    "null": _nothing,
}
