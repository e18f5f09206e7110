"""What a model needs in memory and on the disk, and whether it fits here."""

from __future__ import annotations

from dataclasses import dataclass

from playground.catalog.layouts import layout
from playground.catalog.records import ModelRecord
from playground.download.machine import Memory
from playground.download.size import size_text

LOGIT_BYTES = 4  # logits are float32 in every sampler
LOGIT_COPIES = 4  # logits, their softmax, the noise that is drawn, and one to work in
MARGIN = 1.1  # activations, the allocator's gaps
BYTES = {"float32": 4, "bfloat16": 2, "float16": 2}  # of one parameter


@dataclass(frozen=True)
class Shape:
    """The sizes of a model that memory depends on. A size that is not known yet is 0."""

    parameters: int
    vocabulary: int = 0
    layers: int = 0
    kv_heads: int = 0
    head_dim: int = 0


def shape_of(record: ModelRecord) -> Shape:
    """The sizes that a record tells, whatever its layout calls them."""
    config = layout(record.layout).stock_config(record.config)
    heads = config.get("num_attention_heads", 0)
    return Shape(
        record.parameters,
        config.get("vocab_size", 0),
        config.get("num_hidden_layers", 0),
        config.get("num_key_value_heads", heads),
        config.get("head_dim") or (config.get("hidden_size", 0) // heads if heads else 0),
    )


def needs(shape: Shape, dtype: str, length: int) -> int:
    """Bytes of memory to run a model on a text of ``length`` positions: weights, a KV cache, copies of the logits, and
    a tenth more. ``dtype`` is a key of BYTES."""
    weights = shape.parameters * BYTES[dtype]
    cache = 2 * shape.layers * shape.kv_heads * shape.head_dim * length * BYTES[dtype]
    logits = LOGIT_COPIES * length * shape.vocabulary * LOGIT_BYTES
    return round((weights + cache + logits) * MARGIN)


@dataclass(frozen=True)
class Need:
    """What one model, or two that race, need."""

    memory: int  # bytes
    dtype: str  # the number format of the weights
    disk: int = 0  # bytes that are still to be downloaded


def why_not(need: Need, memory: Memory, disk_free: int | None) -> str:
    """Why a model does not fit here, and the way on; empty if it fits. What the system does not say refuses
    nothing."""
    reasons = [reason for reason in (_of_memory(need, memory), _of_disk(need, disk_free)) if reason]
    if not reasons:
        return ""
    return f"It needs {'; and '.join(reasons)}. {_way_on(need, memory)}"


def _of_memory(need: Need, memory: Memory) -> str:
    if memory.free is None or need.memory <= memory.free:
        return ""
    of_all = f" of {size_text(memory.total)}" if memory.total else ""
    return f"{size_text(need.memory)} of memory in {need.dtype}, {memory.of} has {size_text(memory.free)}{of_all} free"


def _of_disk(need: Need, free: int | None) -> str:
    if free is None or need.disk <= free:
        return ""
    return f"{size_text(need.disk)} on the disk, which has {size_text(free)} free"


def _way_on(need: Need, memory: Memory) -> str:
    if memory.free is None or need.memory <= memory.free:
        return "Make room on the disk, or set HF_HOME to a folder on another disk."
    if memory.total is not None and need.memory <= memory.total:
        return "End other programs, or pick a smaller model."
    return "Pick a smaller model, or a machine with more memory."
