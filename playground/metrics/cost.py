"""The cost of one forward pass of a decoder, calculated: floating point operations and bytes moved. No torch.

One multiply and one add are 2 operations (Kaplan et al., 2001.08361, section 2.1). For decoder layers with
grouped-query attention and a gated MLP (Qwen3, Llama)::

    linear     2 * rows * queries * weights          weights = query, key, value, output, gate, up and down matrices
    attention  4 * rows * queries * keys * heads * head_dim      scores and their product with the values; a causal pass
                                                                 is counted over the whole square, as torch's counter
                                                                 does
    head       2 * head_rows * hidden * vocabulary

Norms, rotary positions, softmax and the choice of tokens are left out: they grow with queries * hidden only.

Bytes are a lower bound: every operand crosses the memory bus once per operator. Counted are each weight matrix once
per pass, however many positions share it; the embeddings that are looked up; the keys and values that attention reads
and writes; and the input and output of every matrix product. Attention scores stay on the chip (FlashAttention,
2205.14135). A head that is tied to the embeddings counts as much as one of its own, because a pass reads it as a
matrix either way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple


@dataclass(frozen=True)
class DecoderShape:
    """A decoder's sizes."""

    layers: int
    hidden: int
    heads: int
    kv_heads: int
    head_dim: int
    intermediate: int
    vocabulary: int
    bytes_per_number: int  # of weights, activations and KV cache, e.g. 4 for float32

    @classmethod
    def of(cls, config: Any, bytes_per_number: int) -> DecoderShape:
        """The sizes in the config of a stock transformers decoder."""
        heads = config.num_attention_heads
        return cls(
            layers=config.num_hidden_layers,
            hidden=config.hidden_size,
            heads=heads,
            kv_heads=getattr(config, "num_key_value_heads", None) or heads,
            head_dim=getattr(config, "head_dim", None) or config.hidden_size // heads,
            intermediate=config.intermediate_size,
            vocabulary=config.vocab_size,
            bytes_per_number=bytes_per_number,
        )

    def matrices(self) -> tuple[tuple[int, int], ...]:
        """(inputs, outputs) of one layer's weight matrices: query, key, value, output, gate, up, down."""
        of_heads, of_kv = self.heads * self.head_dim, self.kv_heads * self.head_dim
        return (
            (self.hidden, of_heads),
            (self.hidden, of_kv),
            (self.hidden, of_kv),
            (of_heads, self.hidden),
            (self.hidden, self.intermediate),
            (self.hidden, self.intermediate),
            (self.intermediate, self.hidden),
        )


@dataclass(frozen=True)
class Cost:
    """The cost of one pass, or the sum over a lane's passes."""

    flops: float = 0.0  # floating point operations
    bytes: float = 0.0  # moved between memory and chip

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.flops + other.flops, self.bytes + other.bytes)


def pass_cost(shape: DecoderShape, queries: int, keys: int, head_rows: int, rows: int = 1) -> Cost:
    """The cost of one forward pass.

    queries: positions computed per row; keys: positions that each of them attends to, cached ones included; head_rows:
    positions whose logits are computed, over all rows; rows: sequences in the batch.
    """
    matrices = shape.matrices()
    weights = sum(inputs * outputs for inputs, outputs in matrices)
    positions, of_heads, of_kv = rows * queries, shape.heads * shape.head_dim, 2 * shape.kv_heads * shape.head_dim
    flops = shape.layers * (2 * positions * weights + 4 * positions * keys * of_heads)
    flops += 2 * head_rows * shape.hidden * shape.vocabulary

    numbers = shape.layers * weights
    numbers += shape.layers * positions * sum(inputs + outputs for inputs, outputs in matrices)
    numbers += (
        shape.layers * rows * (keys * of_kv + 2 * queries * of_heads)
    )  # attention: keys, values; queries in, mix out
    numbers += positions * shape.hidden  # embeddings
    if head_rows:
        numbers += shape.hidden * shape.vocabulary + head_rows * (shape.hidden + shape.vocabulary)
    return Cost(float(flops), float(numbers * shape.bytes_per_number))


@dataclass(frozen=True)
class Peak:
    """The highest rates measured on a device (``peak.measured_peak``)."""

    flops_per_s: float
    bytes_per_s: float


class Busy(NamedTuple):
    """Shares of a device's measured peak; 1 = the whole peak. A share can exceed 1: weights that fit into a processor's
    cache move faster than its memory can send them."""

    flops: float
    bytes: float


def busy(cost: Cost, seconds: float, peak: Peak) -> Busy | None:
    """The shares of the peak that this work used in that time. None if no time passed."""
    if seconds <= 0:
        return None
    return Busy(cost.flops / seconds / peak.flops_per_s, cost.bytes / seconds / peak.bytes_per_s)
