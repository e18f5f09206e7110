"""Layouts: how the files of a published model become a stock transformers class, without code of its own.

A layout is data (layouts.json). It names the classes, the fields of config.json that have another name in the stock
config, the fields that must have a certain value, and the tensors that must be renamed or split. No torch.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from playground.errors import PlaygroundError

FILE = Path(__file__).with_name("layouts.json")
STOCK = "transformers:"  # begins the key of a layout that is a causal class of transformers and nothing else
NOT_OF_THE_NETWORK = frozenset(
    "architectures auto_map model_type torch_dtype dtype transformers_version bos_token_id eos_token_id pad_token_id "
    "mask_token_id use_cache is_causal _name_or_path".split()
)  # fields of config.json that do not change what the network computes


@dataclass(frozen=True)
class Layout:
    """One layout."""

    key: str
    about: str  # in a sentence
    config_class: str  # of transformers; "" for the model class's own
    model_class: str  # of transformers
    model_types: tuple[str, ...]  # what config.json may say; () for anything
    source: str  # the code whose logits ours were compared with
    architectures: tuple[str, ...] = ()  # what config.json may name; () for the model class alone
    names: Mapping[str, str] = field(default_factory=dict)  # field of config.json -> stock field; "" leaves it out
    fixed: Mapping[str, Any] = field(default_factory=dict)  # stock field -> its value, whatever the file says
    exact: Mapping[str, Any] = field(default_factory=dict)  # field of config.json -> the value that it must have
    sizes: frozenset[str] = frozenset()  # fields of config.json that differ between the models of this layout
    rename: tuple[tuple[str, str], ...] = ()  # (pattern, replacement) on names of tensors, applied in order
    sees: bool = False  # whether it has a tower for pictures
    split: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # part of a name -> parts that its rows become

    def stock_config(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments of the config class. raw: the content of config.json."""
        kept = {name: value for name, value in raw.items() if name not in NOT_OF_THE_NETWORK and name not in self.names}
        named = {stock: raw[name] for name, stock in self.names.items() if stock and name in raw}
        return {**kept, **named, **self.fixed}

    def renamed(self, name: str) -> str:
        """The stock name of a tensor. name: in the file."""
        for pattern, replacement in self.rename:
            name = re.sub(pattern, replacement, name)
        return name


@cache
def layouts() -> Mapping[str, Layout]:
    """All layouts by key."""
    data = json.loads(FILE.read_text(encoding="utf-8"))
    return {key: _layout(key, one) for key, one in data.items()}


def layout(key: str) -> Layout:
    """The layout with this key. Raises PlaygroundError."""
    if key.startswith(STOCK):
        return Layout(key, "A causal class of transformers.", "", key.removeprefix(STOCK), (), "transformers")
    if key not in layouts():
        raise PlaygroundError(f"There is no layout {key!r}. There are: {', '.join(layouts())}.")
    return layouts()[key]


def _layout(key: str, data: Mapping[str, Any]) -> Layout:
    lists = {name: tuple(data[name]) for name in ("model_types", "architectures") if name in data}
    return Layout(
        **{
            **data,
            **lists,
            "key": key,
            "sizes": frozenset(data.get("sizes", ())),
            "rename": tuple((pattern, replacement) for pattern, replacement in data.get("rename", ())),
            "split": {part: tuple(parts) for part, parts in data.get("split", {}).items()},
        }
    )


def disagreements(
    raw: Mapping[str, Any], layout: Layout, config: Mapping[str, Any], sizes: bool = True
) -> Iterator[tuple[str, Any, Any]]:
    """(field, value in the file, value that it must have) for each field of config.json that disagrees.

    raw: the content of config.json; config: the record's. sizes: whether sizes must agree too. A field that is missing
    counts as null, and null agrees with false.
    """
    if layout.model_types and raw.get("model_type") not in layout.model_types:
        yield "model_type", raw.get("model_type"), " or ".join(layout.model_types)
    named = raw.get("architectures") or ()
    possible = (*layout.architectures, layout.model_class)
    if named and not set(named) & set(possible):
        yield "architectures", ", ".join(map(str, named)), " or ".join(dict.fromkeys(possible))
    for name, expected in {**layout.exact, **config}.items():
        if not sizes and name in layout.sizes:
            continue
        found = _value(raw, name)
        if found != expected and (found or expected):
            yield name, found, expected


def _value(raw: Mapping[str, Any], name: str) -> Any:
    """A field of config.json. Files of transformers 5 hold the rotary base in ``rope_parameters``. A model is causal
    unless its config says otherwise."""
    rope = raw.get("rope_parameters")
    inner = rope if isinstance(rope, Mapping) else {}
    return raw.get(name, inner.get(name, True if name == "is_causal" else None))
