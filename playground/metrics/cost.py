"""The cost of one forward pass of a decoder, calculated: floating point operations and bytes moved. No torch.

One multiply and one add are 2 operations (Kaplan et al., 2001.08361, section 2.1). For the layers of a transformer::

    linear     2 * positions * weights         weights = query, key, value and output matrices, and those of the MLP:
                                               up, down, and gate where it has one
    experts    2 * positions * weights         weights = router, the experts that a position goes to, shared experts
    attention  4 * rows * queries * keys * heads * head_dim      scores and their product with the values; a causal pass
                                                                 or a sliding window is counted over the whole square,
                                                                 as torch's counter does
    head       2 * head_rows * hidden * vocabulary

Norms, rotary positions, softmax and the choice of tokens are left out: they grow with queries * hidden only.

Bytes are a lower bound: every operand crosses the memory bus once per operator. Counted are each weight matrix once
per pass, however many positions share it; the embeddings that are looked up; the keys and values that attention reads
and writes; and the input and output of every matrix product. Attention scores stay on the chip (FlashAttention,
2205.14135). A head that is tied to the embeddings counts as much as one of its own, because a pass reads it as a
matrix either way.

Of experts a pass reads those that at least one position goes to. With E experts, k of them for each position, and
positions that choose independently and evenly, that are E * (1 - (1 - k / E) ** positions) on average. So one position
reads k experts, and a pass over a few dozen reads nearly all: AR and diffusion do not move the same bytes. A trained
router is less even, so it hits fewer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

# Model types whose MLP has no gate: no field of a config says so.
UNGATED = ("gpt2", "gpt_neox", "opt", "phi", "starcoder2")


@dataclass(frozen=True)
class Experts:
    """The mixture of experts of a layer: a router sends each position to a few of many small MLPs."""

    count: int
    active: int  # experts that a position goes to
    intermediate: int  # width of one expert
    shared: int = 0  # width of the MLP that all positions take besides; 0: there is none

    def distinct(self, positions: int) -> float:
        """The expected number of experts that at least one of these positions goes to."""
        return self.count * (1 - (1 - self.active / self.count) ** positions)


class Matrix(NamedTuple):
    """A kind of weight matrix in a layer."""

    inputs: int
    outputs: int
    held: int = 1  # how many the layer has
    read: float = 1  # how many a pass reads
    used: int = 1  # how many one position is multiplied with

    @property
    def weights(self) -> int:
        return self.inputs * self.outputs


@dataclass(frozen=True)
class DecoderShape:
    """A decoder's sizes."""

    layers: int
    hidden: int
    heads: int
    kv_heads: int
    head_dim: int
    intermediate: int  # width of the MLP in layers without experts
    vocabulary: int
    bytes_per_number: int  # of weights, activations and KV cache, e.g. 4 for float32
    gated: bool = True  # whether the MLPs have a gate matrix
    experts: Experts | None = None
    dense_layers: int = 0  # layers without experts, in a model with experts
    dense_head: bool = False  # whether a matrix [hidden, hidden] stands before the output matrix, as in ModernBERT
    tied: bool = False  # whether the output matrix is the embedding table

    @classmethod
    def of(cls, config: Any, bytes_per_number: int) -> DecoderShape:
        """The sizes in the config of a stock transformers model. Of a model with pictures: of its language model."""
        config = getattr(config, "text_config", None) or config
        heads, kind = config.num_attention_heads, getattr(config, "model_type", "")
        experts = _experts(config)
        return cls(
            layers=config.num_hidden_layers,
            hidden=config.hidden_size,
            heads=heads,
            kv_heads=getattr(config, "num_key_value_heads", None) or heads,
            head_dim=getattr(config, "head_dim", None) or config.hidden_size // heads,
            intermediate=_width(config),
            vocabulary=config.vocab_size,
            bytes_per_number=bytes_per_number,
            gated=kind not in UNGATED,
            experts=experts,
            dense_layers=_dense_layers(config) if experts else 0,
            dense_head=kind == "modernbert",
            tied=bool(getattr(config, "tie_word_embeddings", False)),
        )

    def matrices(self, positions: int) -> Iterator[tuple[int, Matrix]]:
        """(layers, matrix) for each kind of weight matrix that all positions of a pass take: of the layers, and after
        them what stands before the output matrix."""
        of_heads, of_kv = self.heads * self.head_dim, self.kv_heads * self.head_dim
        for outputs in (of_heads, of_kv, of_kv):
            yield self.layers, Matrix(self.hidden, outputs)
        yield self.layers, Matrix(of_heads, self.hidden)
        dense = self.dense_layers if self.experts else self.layers
        for matrix in self._mlp(self.intermediate):
            yield dense, matrix
        if self.experts:
            sparse, experts = self.layers - dense, self.experts
            yield sparse, Matrix(self.hidden, experts.count)  # router
            for matrix in self._mlp(experts.intermediate):
                read = experts.distinct(positions)
                yield sparse, matrix._replace(held=experts.count, read=read, used=experts.active)
            if experts.shared:
                for matrix in self._mlp(experts.shared):
                    yield sparse, matrix
        if self.dense_head:
            yield 1, Matrix(self.hidden, self.hidden)

    def _mlp(self, width: int) -> list[Matrix]:
        """Gate, if there is one, up and down matrix of an MLP."""
        return [Matrix(self.hidden, width)] * (2 if self.gated else 1) + [Matrix(width, self.hidden)]

    @property
    def head(self) -> Matrix:
        """The output matrix."""
        return Matrix(self.hidden, self.vocabulary)

    @property
    def parameters(self) -> int:
        """Weights of all matrices and of the embedding table. Norms and biases are left out."""
        table = 0 if self.tied else self.vocabulary * self.hidden
        layers = sum(layers * matrix.held * matrix.weights for layers, matrix in self.matrices(1))
        return table + layers + self.head.weights

    @property
    def active(self) -> int:
        """The weights that one position is multiplied with."""
        layers = sum(layers * matrix.used * matrix.weights for layers, matrix in self.matrices(1))
        return layers + self.head.weights


def _width(config: Any) -> int:
    """The width of a plain MLP: most classes name it, older ones take four times the hidden size if they do not."""
    named = (getattr(config, name, None) for name in ("intermediate_size", "ffn_dim", "n_inner"))
    return next((width for width in named if width), 4 * config.hidden_size)


def _experts(config: Any) -> Experts | None:
    """The experts that a config describes; None if it has none."""
    names = ("n_routed_experts", "num_experts", "num_local_experts")
    count = next((found for name in names if (found := getattr(config, name, None))), None)
    if not count or not getattr(config, "num_experts_per_tok", None):
        return None
    width = getattr(config, "moe_intermediate_size", None) or _width(config)
    shared = (getattr(config, "n_shared_experts", None) or 0) * width
    return Experts(count, config.num_experts_per_tok, width, shared)


def _dense_layers(config: Any) -> int:
    """How many layers of a model with experts have a plain MLP: Glm4Moe counts the first ones, Qwen3Moe lists them
    or has experts in every n-th layer only."""
    first = getattr(config, "first_k_dense_replace", None) or 0
    listed, every = (
        set(getattr(config, "mlp_only_layers", None) or ()),
        getattr(config, "decoder_sparse_step", None) or 1,
    )
    return sum(
        layer < first or layer in listed or (layer + 1) % every != 0 for layer in range(config.num_hidden_layers)
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
    positions, of_heads, of_kv = rows * queries, shape.heads * shape.head_dim, 2 * shape.kv_heads * shape.head_dim
    flops = float(shape.layers * 4 * positions * keys * of_heads)
    numbers = float(shape.layers * rows * (keys * of_kv + 2 * queries * of_heads))  # keys, values; queries in, mix out
    numbers += positions * shape.hidden  # embeddings
    for layers, matrix in shape.matrices(positions):
        flops += layers * 2 * positions * matrix.used * matrix.weights
        numbers += layers * (matrix.read * matrix.weights + positions * matrix.used * sum(matrix[:2]))
    if head_rows:
        flops += 2 * head_rows * shape.head.weights
        numbers += shape.head.weights + head_rows * sum(shape.head[:2])
    return Cost(flops, numbers * shape.bytes_per_number)


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
