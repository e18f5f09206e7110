"""A stock causal-LM class seen as what samplers need: ids -> hidden states -> logits.

This one calls the class itself and is right by construction; faster ones are proved against it.
"""

from __future__ import annotations

import inspect

import torch
from transformers import Cache, DynamicCache

from playground.decoders.kv_cache import CanvasCache


class Decoder:
    """Any class with ``model.model`` (the layers) and an output head; bidirectional where its config says is_causal=False.

    vocabulary: width of the logits; causal: the direction the class has by itself. Call it under ``torch.inference_mode``.
    """

    def __init__(self, model: torch.nn.Module) -> None:
        weights = next(model.parameters())
        self.model, self.device, self.dtype = model, weights.device, weights.dtype
        self.vocabulary: int = model.config.vocab_size
        self.causal: bool = getattr(model.config, "is_causal", True) is not False
        self._takes_dict, self._cache_name = _takes_dict(model), cache_argument(model)

    def hidden(
        self,
        ids: torch.Tensor,
        positions: torch.Tensor | None = None,
        mask: torch.Tensor | None = None,
        cache: Cache | None = None,
    ) -> torch.Tensor:
        """Final hidden states [rows, n, hidden] of ids int64 [rows, n].

        positions: int64 [n], or None for 0..n-1 (behind what a growing cache holds). mask: bool [n, keys] or [rows, n, keys],
        True = may attend; None = all see all, or what came before in a causal class. cache: a CanvasCache, whose window
        ``positions`` is (None = all of it), a cache of ``ar_cache``, or None.
        """
        if isinstance(cache, CanvasCache):
            cache.aim(positions, self.model.config.num_hidden_layers)
        at, keys = self._placed(ids, positions, cache)
        partial = keys > ids.shape[1] and (ids.shape[1] > 1 or isinstance(cache, CanvasCache))
        if mask is None and self.causal and partial:  # the class's own rule holds for a whole pass or one last token
            mask = torch.arange(keys, device=self.device) <= at[:, None]
        return self.model.model(
            input_ids=ids,
            position_ids=at[None],
            attention_mask=self._mask_argument(mask, ids.shape[1], keys),
            use_cache=cache is not None,
            **{self._cache_name: cache},
        ).last_hidden_state

    def logits(self, hidden: torch.Tensor) -> torch.Tensor:
        """[..., hidden] -> [..., vocabulary]."""
        return self.model.get_output_embeddings()(hidden)

    def ar_cache(self, length: int) -> Cache:
        """An empty cache for ``step``; length: the most positions it must hold."""
        return DynamicCache(config=self.model.config)

    def step(self, ids: torch.Tensor, cache: Cache) -> torch.Tensor:
        """Read ids int64 [1, n] behind what the cache holds; the last one's hidden state [1, hidden]."""
        return self.hidden(ids, cache=cache)[:, -1]

    def _placed(
        self, ids: torch.Tensor, positions: torch.Tensor | None, cache: Cache | None
    ) -> tuple[torch.Tensor, int]:
        """Positions int64 [n] of the ids, and how many keys they meet."""
        n = ids.shape[1]
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
        """What keeps the class from making a mask of its own, which costs more than a layer of the twins."""
        if mask is not None:
            mask = additive(mask, self.dtype)
        if self._takes_dict:
            return {"full_attention": mask}
        if mask is None:
            seen = torch.ones(n, keys, dtype=torch.bool, device=self.device)
            mask = additive(seen.tril(keys - n) if self.causal else seen, self.dtype)
        return mask


def additive(mask: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """bool [n, keys] or [rows, n, keys] -> what is added to attention scores, [1 or rows, 1, n, keys]."""
    scores = torch.zeros(mask.shape, dtype=dtype, device=mask.device).masked_fill_(~mask, torch.finfo(dtype).min)
    return scores[None, None] if mask.dim() == 2 else scores[:, None]


def cache_argument(model: torch.nn.Module) -> str:
    """What the class calls its cache: ``cache`` since transformers 5.24, ``past_key_values`` before."""
    return "cache" if "cache" in inspect.signature(model.model.forward).parameters else "past_key_values"


@torch.inference_mode()
def _takes_dict(model: torch.nn.Module) -> bool:
    """Whether the class takes ready masks by kind of layer (Qwen3 since transformers 5.0) and then makes none itself.

    Asked of the class itself, because nothing in its signature tells; the others get a ready 4-dimensional mask.
    """
    ids = torch.zeros(1, 2, dtype=torch.long, device=next(model.parameters()).device)
    try:
        own = model.model(input_ids=ids, use_cache=False).last_hidden_state
        ready = model.model(input_ids=ids, attention_mask={"full_attention": None}, use_cache=False).last_hidden_state
    except Exception:  # each class fails in its own way on what it does not know
        return False
    return torch.equal(own, ready)
