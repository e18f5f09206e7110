"""The layers of a Qwen3 as few plain operations, for a CPU, where small models spend most of a pass between their matrix products.

Same mathematics, other order: q, k and v are one product; RMSNorm weights live in the product behind them; x / sqrt(mean(x^2) + eps)
is x / hypot(|x|, sqrt(d eps)) with sqrt(d) in those weights; rotary embedding is one complex product, for which the rows of q and k
are paired (dot products do not mind). Written for TorchScript, so no dataclasses, no ``from __future__ import annotations``.
"""

import math
import warnings
from typing import Optional

import torch
import torch.nn.functional as F
from torch import Tensor, nn

MOST_PARAMETERS = 60_000_000  # packing copies the weights, and in larger models the matrix products hide the rest


class Unsuited(Exception):
    """This model is not one that can be packed; the message says why."""


def check_suited(model: nn.Module) -> None:
    """Raises Unsuited. What is asked here is what the packed layers take for granted and a proof by numbers might miss."""
    config, weights = model.config, next(model.parameters())
    rope = getattr(config, "rope_parameters", None) or {}
    demands = {
        "a Qwen3": config.model_type == "qwen3",
        "on a CPU in float32": weights.device.type == "cpu" and weights.dtype == torch.float32,
        f"of at most {MOST_PARAMETERS:,} parameters": sum(p.numel() for p in model.parameters()) <= MOST_PARAMETERS,
        "without sliding windows": set(getattr(config, "layer_types", None) or ["full_attention"])
        == {"full_attention"},
        "without biases": not getattr(config, "attention_bias", False),
        "with SiLU": getattr(config, "hidden_act", None) == "silu",
        "with default rotary positions": rope.get("rope_type", "default") == "default",
    }
    if missing := [demand for demand, met in demands.items() if not met]:
        raise Unsuited(f"not {', '.join(missing)}")


class PackedLayer(nn.Module):
    """One decoder layer. Weights lie as [in, out], the order in which MKL multiplies a few dozen rows fastest."""

    def __init__(self, layer: nn.Module, config) -> None:
        super().__init__()
        attention, mlp, width = layer.self_attn, layer.mlp, config.hidden_size
        self.queries: int = config.num_attention_heads
        self.keys: int = config.num_key_value_heads
        self.dim: int = attention.head_dim
        self.turned: int = self.queries + self.keys
        self.heads: int = self.turned + self.keys
        self.grouped: bool = self.queries != self.keys
        self.scale: float = attention.scaling
        before = layer.input_layernorm.weight * math.sqrt(width)
        between = layer.post_attention_layernorm.weight * math.sqrt(width)
        qkv = [
            _paired(attention.q_proj.weight, self.dim),
            _paired(attention.k_proj.weight, self.dim),
            attention.v_proj.weight,
        ]
        self.register_buffer("qkv", _across(torch.cat(qkv) * before))
        self.register_buffer("out", _across(attention.o_proj.weight))
        self.register_buffer("gate", _across(mlp.gate_proj.weight * between))
        self.register_buffer("up", _across(mlp.up_proj.weight * between))
        self.register_buffer("down", _across(mlp.down_proj.weight))
        norms = [
            _paired(attention.q_norm.weight[:, None], self.dim).T.expand(self.queries, -1),
            _paired(attention.k_norm.weight[:, None], self.dim).T.expand(self.keys, -1),
        ]
        self.register_buffer("head_norm", torch.cat(norms) * math.sqrt(self.dim))  # [queries + keys, dim]
        self.register_buffer("tiny", torch.tensor(math.sqrt(width * config.rms_norm_eps)))
        self.register_buffer("head_tiny", torch.tensor(math.sqrt(self.dim * config.rms_norm_eps)))

    def forward(
        self,
        x: Tensor,
        turns: Tensor,
        rows: int,
        n: int,
        mask: Optional[Tensor],
        causal: bool,
        write: Optional[Tensor],
        at: Optional[Tensor],
        keys: Optional[Tensor],
        values: Optional[Tensor],
    ) -> Tensor:
        """x [rows * n, width], changed in place. turns complex [1, n, 1, dim / 2]; the rest as in PackedLayers.forward."""
        y = torch.mm(x / torch.hypot(torch.linalg.vector_norm(x, 2, [-1], True), self.tiny), self.qkv)
        y = y.view(rows, n, self.heads, self.dim)
        qk = y.narrow(2, 0, self.turned)
        z = qk * self.head_norm
        torch.view_as_complex(z.view(rows, n, self.turned, self.dim // 2, 2)).mul_(turns)
        torch.div(z, torch.hypot(torch.linalg.vector_norm(qk, 2, [-1], True), self.head_tiny), out=qk)
        y = y.transpose(1, 2)
        if write is None or keys is None or values is None:
            q, k, v = y.split_with_sizes([self.queries, self.keys, self.keys], 1)
        else:
            q, kv = y.split_with_sizes([self.queries, 2 * self.keys], 1)
            if at is None:
                write.copy_(kv)
            else:
                write.index_copy_(2, at, kv)
            k, v = keys, values
        t = F.scaled_dot_product_attention(q, k, v, mask, 0.0, causal, scale=self.scale, enable_gqa=self.grouped)
        t = t.transpose(1, 2).reshape(rows * n, self.queries * self.dim)
        # One row: a product and a sum are faster than addmm (1 in 20 of an AR step). Several rows: the other way round.
        x = x.addmm_(t, self.out) if n > 1 else x.add_(torch.mm(t, self.out))
        h = x / torch.hypot(torch.linalg.vector_norm(x, 2, [-1], True), self.tiny)
        h = F.silu(torch.mm(h, self.gate)).mul_(torch.mm(h, self.up))
        return x.addmm_(h, self.down) if n > 1 else x.add_(torch.mm(h, self.down))


class PackedLayers(nn.Module):
    """All layers of a model, from ids to normed hidden states."""

    @torch.no_grad()
    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        config, body = model.config, model.model
        self.keys: int = config.num_key_value_heads
        self.layers = nn.ModuleList([PackedLayer(layer, config) for layer in body.layers])
        self.register_buffer("embedding", body.embed_tokens.weight.detach())
        self.register_buffer("last_norm", body.norm.weight * math.sqrt(config.hidden_size))
        self.register_buffer("tiny", torch.tensor(math.sqrt(config.hidden_size * config.rms_norm_eps)))
        everywhere = torch.arange(config.max_position_embeddings)[None]
        cos, sin = body.rotary_emb(torch.zeros(1), everywhere)  # [1, positions, dim], both halves alike
        half = cos.shape[-1] // 2
        self.register_buffer(
            "turns", torch.complex(cos[..., :half], sin[..., :half])[:, :, None]
        )  # [1, positions, 1, dim / 2]

    def forward(
        self,
        ids: Tensor,
        first: int,
        positions: Optional[Tensor],
        mask: Optional[Tensor],
        causal: bool,
        write: Optional[Tensor],
        at: Optional[Tensor],
        read: Optional[Tensor],
    ) -> Tensor:
        """ids int64 [rows, n] at ``positions`` (int64 [n]; None: from ``first`` on) -> [rows, n, width].

        mask: additive, or None. write, read: where keys and values go and which are attended to, both
        [layers, rows, 2 * key heads, any, dim], or None for those of this pass alone; at: positions in ``write`` (None: all).
        """
        rows, n = ids.shape
        x = F.embedding(ids.reshape(-1), self.embedding)
        if positions is None:
            turns = self.turns.narrow(1, first, n)
        else:
            turns = self.turns.index_select(1, positions)
        if write is None or read is None:
            for layer in self.layers:
                x = layer(x, turns, rows, n, mask, causal, None, None, None, None)
        else:
            all_keys, all_values = read.split_with_sizes([self.keys, self.keys], 2)
            # Views of all layers at once: a third of what making them layer by layer costs an AR step.
            slots, keys, values = write.unbind(0), all_keys.unbind(0), all_values.unbind(0)
            for i, layer in enumerate(self.layers):
                x = layer(x, turns, rows, n, mask, causal, slots[i], at, keys[i], values[i])
        x = x / torch.hypot(torch.linalg.vector_norm(x, 2, [-1], True), self.tiny)
        return (x * self.last_norm).view(rows, n, -1)


def _across(weight: Tensor) -> Tensor:
    """[out, in] -> [in, out], contiguous."""
    return weight.detach().t().contiguous()


def _paired(weight: Tensor, dim: int) -> Tensor:
    """Rows [heads * dim, ...] whose halves of a head turn together -> neighbours that do."""
    return weight.view(-1, 2, dim // 2, weight.shape[-1]).transpose(1, 2).reshape(weight.shape)


def compiled(layers: PackedLayers) -> nn.Module:
    """The same without Python between the operations: TorchScript needs no compiler on this machine, and takes a tenth of a
    second. Shapes stay free."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecated since torch 2.9, and nothing else that ships with torch does this
        return torch.jit.freeze(torch.jit.script(layers.eval()))
