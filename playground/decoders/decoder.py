"""The interface between samplers and a stock causal-LM class: ids -> hidden states -> logits.

This decoder calls the class itself and is the reference. parity.py compares every faster decoder with it.
"""

from __future__ import annotations

import inspect
from typing import Any

import torch
from transformers import Cache

from playground.decoders.kv_cache import CanvasCache, GrowingCache, StockCache

SLIDING = "sliding_attention"
WINDOWS = {
    SLIDING: "sliding_window",
    "chunked_attention": "attention_chunk_size",
}  # kind of layer -> field of its config


class Decoder:
    """A decoder of any class that has layers (``layers_of``) and an output head. Call it under
    ``torch.inference_mode``.

    vocabulary: width of the logits; causal: whether the class attends causally when it gets no mask, which is so
    unless its config says is_causal=False; reach: the most positions of a text, because no mask of ours knows the
    sliding windows of a class; None without windows.
    """

    caches = True  # whether ``hidden`` takes masks and caches
    reach: int | None = None
    prepares = False  # whether the first pass of each shape takes longer than later ones

    def __init__(self, model: torch.nn.Module) -> None:
        self._hold(model)
        self.causal: bool = getattr(model.config, "is_causal", True) is not False
        self.reach = window_of(model.config)
        self._layers_of_class = layers_of(model)
        self._takes_dict, self._cache_name = _takes_dict(model), cache_argument(model)

    def _hold(self, model: Any) -> None:
        """Keep a model, and what its weights and config tell of it."""
        weights = next(model.parameters())
        self.model: Any = model
        self.device, self.dtype = weights.device, weights.dtype
        self.vocabulary: int = model.config.vocab_size

    def hidden(
        self,
        ids: torch.Tensor,
        positions: torch.Tensor | None = None,
        mask: torch.Tensor | None = None,
        cache: Cache | GrowingCache | None = None,
    ) -> torch.Tensor:
        """Final hidden states [rows, n, hidden] of ids int64 [rows, n].

        positions: int64 [n]. None: 0..n-1, or with a cache of ``block_cache`` the n positions after those that it holds.
        mask: bool [n, keys] or [rows, n, keys], True = may attend. None: full attention, or causal attention if the
        class is causal. cache: a CanvasCache, in which ``positions`` is the window to rewrite (None: all of it); a
        cache of ``block_cache``, to which the n positions are added; or None.
        """
        return self._hidden({"input_ids": ids}, positions, mask, cache)

    def _hidden(
        self,
        inputs: dict[str, torch.Tensor],
        positions: torch.Tensor | None,
        mask: torch.Tensor | None,
        cache: Cache | None,
    ) -> torch.Tensor:
        """As ``hidden``. inputs: input_ids [rows, n], or inputs_embeds [rows, n, hidden]."""
        (given,) = inputs.values()
        n = given.shape[1]
        if isinstance(cache, CanvasCache):
            cache.aim(positions, self.model.config.num_hidden_layers)
        at, keys = self._placed(n, positions, cache)
        partial = keys > n and (n > 1 or isinstance(cache, CanvasCache))
        if mask is None and self.causal and partial:  # else the class's own masking is right
            mask = torch.arange(keys, device=self.device) <= at[:, None]
        return self._layers_of_class(
            **inputs,
            position_ids=at[None],
            attention_mask=self._mask_argument(mask, n, keys),
            use_cache=cache is not None,
            **{self._cache_name: cache},
        ).last_hidden_state

    def logits(self, hidden: torch.Tensor) -> torch.Tensor:
        """Hidden states [..., hidden] -> logits [..., vocabulary]."""
        return self.model.get_output_embeddings()(hidden)

    def block_cache(self, length: int) -> StockCache | GrowingCache:
        """An empty KV cache for ``hidden``, for a text that grows by one or more positions at a time. length: the most
        positions that it must hold. Its ``held`` is how many it holds, and ``rewind(to)`` takes back all after the
        first ``to``."""
        return StockCache(config=self.model.config)

    def ar_cache(self, length: int) -> Cache | GrowingCache:
        """An empty KV cache for ``step``, with ``held`` and ``rewind`` as in ``block_cache``. length: the most positions
        that it must hold."""
        return self.block_cache(length)

    def step(self, ids: torch.Tensor, cache: Cache | GrowingCache) -> torch.Tensor:
        """Append ids int64 [1, n] to the cached text. Returns the hidden state of the last id, [1, hidden]."""
        return self.hidden(ids, cache=cache)[:, -1]

    def _placed(self, n: int, positions: torch.Tensor | None, cache: Cache | None) -> tuple[torch.Tensor, int]:
        """Positions int64 [n] of n ids, and the number of keys that they attend to."""
        if isinstance(cache, CanvasCache):
            held = 0 if positions is None else cache.length
            keys = held or n
        else:
            held = cache.get_seq_length() if cache is not None else 0
            keys = held + n
        if positions is None:
            positions = torch.arange(held, held + n, device=self.device)
        return positions, keys

    def _mask_argument(self, mask: torch.Tensor | None, n: int, keys: int) -> dict | torch.Tensor:
        """The ``attention_mask`` to pass. It is always a ready mask: one that the class builds itself costs more than
        a layer of the twins."""
        if mask is not None:
            mask = additive(mask, self.dtype)
        if self._takes_dict:
            return {"full_attention": mask}
        if mask is None:
            seen = torch.ones(n, keys, dtype=torch.bool, device=self.device)
            mask = additive(seen.tril(keys - n) if self.causal else seen, self.dtype)
        return mask


def additive(mask: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """A bool mask [n, keys] or [rows, n, keys] -> the mask to add to attention scores, [1 or rows, 1, n, keys]."""
    scores = torch.zeros(mask.shape, dtype=dtype, device=mask.device).masked_fill_(~mask, torch.finfo(dtype).min)
    return scores[None, None] if mask.dim() == 2 else scores[:, None]


def layers_of(model: torch.nn.Module) -> torch.nn.Module:
    """The part of a causal class that computes hidden states: ``model`` in most, ``transformer`` in GPT-2's, and so on."""
    return getattr(model, getattr(model, "base_model_prefix", "") or "model")


def window_of(config: Any) -> int | None:
    """The positions of a config's sliding window or chunk; None if all its layers see everything before them."""
    kinds = getattr(config, "layer_types", None)
    named = [name for kind, name in WINDOWS.items() if kind in (kinds or (SLIDING,))]
    sizes = [getattr(config, name, None) for name in named]
    return min((size for size in sizes if size), default=None)


def positions_of(config: Any) -> int | None:
    """The most positions of a text that a model was made for; None if its config names none. A class with a table of
    positions cannot read more."""
    return getattr(config.get_text_config(), "max_position_embeddings", None) or None


def cache_argument(model: torch.nn.Module) -> str:
    """The name of the class's cache argument: ``cache`` since transformers 5.24, ``past_key_values`` before."""
    return "cache" if "cache" in inspect.signature(layers_of(model).forward).parameters else "past_key_values"


@torch.inference_mode()
def _takes_dict(model: torch.nn.Module) -> bool:
    """Whether the class takes ready masks in a dict by type of layer (Qwen3 since transformers 5.0) and then builds
    none.

    The signature does not say so, so this calls the class and compares. Other classes get a ready 4-dimensional mask.
    """
    ids = torch.zeros(1, 2, dtype=torch.long, device=next(model.parameters()).device)
    try:
        layers = layers_of(model)
        own = layers(input_ids=ids, use_cache=False).last_hidden_state
        ready = layers(input_ids=ids, attention_mask={"full_attention": None}, use_cache=False).last_hidden_state
    except Exception:  # a class that does not know the dict may raise anything
        return False
    return torch.equal(own, ready)
