"""What a config.json says, in whichever of several ways it says it, and where that differs from a record. No torch.

Transformers 5 holds in ``rope_parameters`` and ``layer_types`` what version 4 and the authors' files hold in fields of
their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from playground.catalog.layouts import Layout, completed, layout, scaled
from playground.catalog.records import ModelRecord

FULL = "full_attention"  # in layer_types, and the key of its own rotary base
BASES = {FULL: "global_rope_theta", "sliding_attention": "local_rope_theta"}  # ModernBERT's own names of them
BLOCKS = ("block_size", "bd3lm_block_size", "bd_size")  # fields that name the positions of a block
OF_ROPE = ("rope_theta", "partial_rotary_factor")  # fields that may stand in rope_parameters


def disagreements(raw: Mapping[str, Any], record: ModelRecord, sizes: bool = True) -> Iterator[tuple[str, Any, Any]]:
    """(field, value in the file, value that it must have) for each field of config.json that disagrees with a record.

    raw: the content of config.json. sizes: whether sizes must agree too. A field that is missing counts as the default
    of the authors' class, or as null where the layout names none; null agrees with false.
    """
    kind = layout(record.layout)
    if kind.model_types and raw.get("model_type") not in kind.model_types:
        yield "model_type", raw.get("model_type"), " or ".join(kind.model_types)
    named, possible = architectures(raw), (*kind.architectures, kind.model_class)
    if named and not any(one in possible for one in named):
        yield "architectures", ", ".join(map(str, named)), " or ".join(dict.fromkeys(possible))
    said = facts(raw, kind)
    for name, expected in {**kind.exact, **record.config}.items():
        if not sizes and name in kind.sizes:
            continue
        found = said.get(name)
        if found != expected and (found or expected):
            yield name, _as_told(raw, kind, name, found), expected
    for name in kind.numbers:
        if name not in record.config and not isinstance(said.get(name), int | float):
            yield name, said.get(name), "a number"
    if sizes:
        yield from _of_the_lane(raw, record)


def _as_told(raw: Mapping[str, Any], kind: Layout, name: str, found: Any) -> Any:
    """The value of a field for a reader, who finds no field in the file where its class has a default."""
    default = name not in raw and name in kind.defaults and found == kind.defaults[name]
    return f"nothing, which means {str(found).lower()}" if default else found


def _of_the_lane(raw: Mapping[str, Any], record: ModelRecord) -> Iterator[tuple[str, Any, Any]]:
    """As ``disagreements``, for the block and the mask: the network is the same with any, and a lane has the record's."""
    for name in BLOCKS:
        if record.block and is_number(raw.get(name)) and raw[name] != record.block:
            yield name, raw[name], record.block
    if is_number(raw.get("mask_token_id")) and is_number(record.mask) and raw["mask_token_id"] != record.mask:
        yield "mask_token_id", raw["mask_token_id"], record.mask


def is_number(value: Any) -> bool:
    """Whether a value is a whole number, which true and false are not."""
    return isinstance(value, int) and not isinstance(value, bool)


def architectures(raw: Mapping[str, Any]) -> list[Any]:
    """The classes that config.json names, in whatever form."""
    told = raw.get("architectures") or []
    return told if isinstance(told, list) else [told]


def facts(raw: Mapping[str, Any], kind: Layout) -> dict[str, Any]:
    """The fields of config.json under one name each, with what its layout says of missing ones.

    ``layer_types`` is null if all layers see everything, ``rope_scaling`` if there is no scaling. A model is causal
    unless its config says otherwise.
    """
    said = {"is_causal": True, **completed(raw, kind)}
    layers, rope = said.get("layer_types"), said.get("rope_parameters")
    said |= {"rope_scaling": scaled(said), "layer_types": None if _all_full(layers) else layers}
    if isinstance(layers, list):
        said["global_attn_every_n_layers"] = _every(layers, said.get("global_attn_every_n_layers"))
    if isinstance(rope, Mapping):
        said |= {name: _once(raw, name, rope[name]) for name in OF_ROPE if name in rope}
        inner = {name: rope[of] for of, name in BASES.items() if isinstance(rope.get(of), Mapping)}
        said |= {name: _once(raw, name, one["rope_theta"]) for name, one in inner.items() if "rope_theta" in one}
    return said


def _once(raw: Mapping[str, Any], name: str, inner: Any) -> Any:
    """The value of a field of rope_parameters; both values if the file gives another one outside of them."""
    return inner if raw.get(name) in (None, inner) else f"{raw[name]} and {inner}"


def _all_full(layers: Any) -> bool:
    return isinstance(layers, list) and all(one == FULL for one in layers)


def _every(layers: list[Any], told: Any) -> Any:
    """Every how many layers one sees everything, the first among them: as told, if that is so; the list itself if there
    is no such number."""
    full = [at for at, one in enumerate(layers) if one == FULL]
    numbers = (told if isinstance(told, int) else 0, *range(1, len(layers) + 1))
    return next((n for n in numbers if n > 0 and full == list(range(0, len(layers), n))), layers)
