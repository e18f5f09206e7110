"""What one forward pass of a decoder takes: floating point operations and bytes moved, by arithmetic. No torch.

Counted as multiply and add = 2 operations (Kaplan et al., 2001.08361, section 2.1), for a decoder layer with grouped-query
attention and a gated MLP (Qwen3, Llama)::

    linear     2 * rows * queries * weights          weights = query, key, value, output, gate, up and down matrices
    attention  4 * rows * queries * keys * heads * head_dim      scores and their product with the values; a causal pass
                                                                 is counted over the whole square, as torch's counter does
    head       2 * head_rows * hidden * vocabulary

Norms, rotary positions, softmax and the choice of tokens are left out: they grow with queries * hidden only.

Bytes are the least that must move if every operand crosses the memory bus once per operator: each weight matrix once a pass
however many positions share it, the embeddings that are looked up, the keys and values that attention reads and those it
writes, and the input and output of every matrix product. Attention scores stay on the chip (FlashAttention, 2205.14135).
Whether the head is tied to the embeddings changes the parameters, not these counts: it is read as a matrix either way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple


@dataclass(frozen=True)
class DecoderShape:
    """A decoder's sizes. bytes_per_number: of weights, activations and cache alike, e.g. 4 for float32."""

    layers: int
    hidden: int
    heads: int
    kv_heads: int
    head_dim: int
    intermediate: int
    vocabulary: int
    bytes_per_number: int

    @classmethod
    def of(cls, config: Any, bytes_per_number: int) -> DecoderShape:
        """Read off the config of a stock transformers decoder."""
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
        """Inputs and outputs of one layer's weight matrices: query, key, value, output, gate, up, down."""
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
    """flops: floating point operations; bytes: moved between memory and chip. Of a pass, or added up over a lane."""

    flops: float = 0.0
    bytes: float = 0.0

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.flops + other.flops, self.bytes + other.bytes)


def pass_cost(shape: DecoderShape, queries: int, keys: int, head_rows: int, rows: int = 1) -> Cost:
    """One forward pass. queries: positions computed per row; keys: positions each attends to, those from a cache included;
    head_rows: positions given to the output head, of all rows together; rows: sequences in the batch."""
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
    """The most a device was seen to do (``peak.measured_peak``)."""

    flops_per_s: float
    bytes_per_s: float


class Busy(NamedTuple):
    """Shares of a device's measured peak, 1 = all of it. Not cut off at 1: a model that fits a processor's cache can move
    bytes faster than its memory does."""

    flops: float
    bytes: float


def busy(cost: Cost, seconds: float, peak: Peak) -> Busy | None:
    """How busy the chip was over that work and time; None where no time passed."""
    if seconds <= 0:
        return None
    return Busy(cost.flops / seconds / peak.flops_per_s, cost.bytes / seconds / peak.bytes_per_s)
