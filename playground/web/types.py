"""Converts a JSON Schema to TypeScript types, so that one schema checks both run files and the browser's code."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

HEAD = "// Written by python -m playground.web.constants from playground/trace/trace.schema.json. Not kept in git.\n"
PLAIN = {"string": "string", "number": "number", "integer": "number", "boolean": "boolean", "null": "null"}


def declarations(schema: Mapping[str, Any], name: str) -> str:
    """The text of a TypeScript module that exports the schema's type as ``name``."""
    return f"{HEAD}export type {name} = {type_of(schema, schema)};\n"


def type_of(schema: Mapping[str, Any], root: Mapping[str, Any]) -> str:
    """The TypeScript type of one part of a schema. root: the whole schema, which holds the $defs."""
    if "$ref" in schema:
        return type_of(root["$defs"][schema["$ref"].removeprefix("#/$defs/")], root)
    if "enum" in schema:
        return " | ".join(json.dumps(value) for value in schema["enum"])
    if "type" not in schema:
        return "any"
    types = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
    return " | ".join(_of_kind(each, schema, root) for each in types)


def _of_kind(kind: str, schema: Mapping[str, Any], root: Mapping[str, Any]) -> str:
    if kind == "object":
        return _object(schema, root)
    if kind != "array":
        return PLAIN[kind]
    if "prefixItems" in schema:
        return f"[{', '.join(type_of(part, root) for part in schema['prefixItems'])}]"
    return f"({type_of(schema.get('items', {}), root)})[]"


def _object(schema: Mapping[str, Any], root: Mapping[str, Any]) -> str:
    """The type of an object. Properties that the schema does not list are typed by additionalProperties, else as
    any."""
    required = schema.get("required", ())
    fields = [
        f"{json.dumps(name)}{'' if name in required else '?'}: {type_of(part, root)}"
        for name, part in schema.get("properties", {}).items()
    ]
    others = type_of(schema.get("additionalProperties", {}), root)
    return "{ " + "; ".join([*fields, f"[name: string]: {others if not fields else 'any'}"]) + " }"
