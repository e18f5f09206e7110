"""Layouts: how the files of a published model become a stock transformers class, without code of its own.

A layout is data (layouts.json). It names the classes, the fields of config.json that have another name in the stock
config, the fields that must have a certain value, and the tensors that must be renamed or split. No torch.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from math import prod
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
    defaults: Mapping[str, Any] = field(default_factory=dict)  # field -> what the authors' class takes if it is missing
    instead: Mapping[str, Sequence[str]] = field(default_factory=dict)  # field -> the fields whose product it else is
    numbers: tuple[str, ...] = ()  # fields of config.json that must hold a number, whatever the record says
    sizes: frozenset[str] = frozenset()  # fields of config.json that differ between the models of this layout
    rename: tuple[tuple[str, str], ...] = ()  # (pattern, replacement) on names of tensors, applied in order
    sees: bool = False  # whether it has a tower for pictures
    split: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # part of a name -> parts that its rows become

    def stock_config(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments of the config class. raw: the content of config.json."""
        raw = completed(raw, self)
        if not scaled(raw):
            raw.pop("rope_scaling", None)  # one that scales nothing would take the place of rope_parameters
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
    lists = {name: tuple(data[name]) for name in ("model_types", "architectures", "numbers") if name in data}
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


def completed(raw: Mapping[str, Any], layout: Layout) -> dict[str, Any]:
    """The content of config.json with what the authors' class takes for fields that are missing."""
    whole = {**layout.defaults, **raw}
    for name, others in layout.instead.items():
        values = [whole.get(one) for one in others]
        if whole.get(name) is None and all(isinstance(one, int) for one in values):
            whole[name] = prod(values)
    return whole


def scaled(raw: Mapping[str, Any]) -> Any:
    """How config.json scales the rotary positions, in ``rope_scaling`` or ``rope_parameters``; None if it does not."""
    rope = raw.get("rope_parameters")
    inner = [one for one in rope.values() if isinstance(one, Mapping)] if isinstance(rope, Mapping) else []
    return next((one for one in (raw.get("rope_scaling"), rope, *inner) if one and not _plain(one)), None)


def _plain(rope: Any) -> bool:
    """Whether parameters of the rotary positions scale nothing."""
    return (
        isinstance(rope, Mapping)
        and all(rope.get(name) in (None, "default") for name in ("rope_type", "type"))
        and "factor" not in rope
    )
