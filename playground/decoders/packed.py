"""The layers of a Qwen3 in as few operations as possible, for CPUs.

There a small model spends most of a pass outside its matrix products. The mathematics is that of the stock class,
rearranged:

- One matrix product computes q, k and v.
- RMSNorm weights are multiplied into the weights of the matrix product that follows.
- x / sqrt(mean(x^2) + eps) is computed as x / hypot(|x|, sqrt(d eps)); the factor sqrt(d) is in those weights too.
- Rotary embedding is one complex product. For that the rows of q and k are reordered so that each rotated pair is
  adjacent; dot products do not change.

Written for TorchScript, so without dataclasses and without ``from __future__ import annotations``.
"""

import math
import warnings
from typing import Optional

import torch
import torch.nn.functional as F
from torch import Tensor, nn

MOST_PARAMETERS = 60_000_000  # packing copies the weights, and larger models gain little by it


class Unsuited(Exception):
    """This model cannot be packed. The message says why."""


def check_suited(model: nn.Module) -> None:
    """Raise Unsuited unless the model meets the assumptions of the packed layers that a numerical comparison might
    miss."""
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
    """One decoder layer. Weights are stored as [in, out], the order in which MKL multiplies a few dozen rows
    fastest."""

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
        """x [rows * n, width] -> the layer's output, same shape. x is changed in place.

        turns: rotary embedding, complex [1, n, 1, dim / 2]; write, keys, values: this layer's part of the cache; the
        rest as in PackedLayers.forward.
        """
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
        # For one position a product and a sum are faster than addmm (5% of an AR step); for several addmm is faster.
        x = x.addmm_(t, self.out) if n > 1 else x.add_(torch.mm(t, self.out))
        h = x / torch.hypot(torch.linalg.vector_norm(x, 2, [-1], True), self.tiny)
        h = F.silu(torch.mm(h, self.gate)).mul_(torch.mm(h, self.up))
        return x.addmm_(h, self.down) if n > 1 else x.add_(torch.mm(h, self.down))


class PackedLayers(nn.Module):
    """All layers of a model, from ids to normalised hidden states."""

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
        """ids int64 [rows, n] -> final hidden states [rows, n, width].

        first, positions: the positions of the ids, int64 [n], or None for n positions from ``first`` on.
        mask: to be added to attention scores, or None. causal: causal attention without a mask.
        write, read: the part of a cache to write to and the part to attend to, both [layers, rows, 2 * key heads,
        any, dim]; None without a cache. at: positions within ``write``, int64 [n]; None: all of it.
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
            # Views of all layers at once: a third of the time that views layer by layer take in an AR step.
            slots, keys, values = write.unbind(0), all_keys.unbind(0), all_values.unbind(0)
            for i, layer in enumerate(self.layers):
                x = layer(x, turns, rows, n, mask, causal, slots[i], at, keys[i], values[i])
        x = x / torch.hypot(torch.linalg.vector_norm(x, 2, [-1], True), self.tiny)
        return (x * self.last_norm).view(rows, n, -1)


def _across(weight: Tensor) -> Tensor:
    """A weight [out, in] -> [in, out], contiguous."""
    return weight.detach().t().contiguous()


def _paired(weight: Tensor, dim: int) -> Tensor:
    """Reorder rows [heads * dim, ...] for the complex rotary product: rows i and i + dim / 2 of a head become
    neighbours."""
    return weight.view(-1, 2, dim // 2, weight.shape[-1]).transpose(1, 2).reshape(weight.shape)


def compiled(layers: PackedLayers) -> nn.Module:
    """The same layers in TorchScript, without Python between the operations. It needs no C++ compiler, builds in a
    tenth of a second and takes any shapes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecated since torch 2.9, but nothing else in torch does this
        return torch.jit.freeze(torch.jit.script(layers.eval()))
