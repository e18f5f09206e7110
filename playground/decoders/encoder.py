"""The decoder of a masked encoder (ModernBERT): its head stands between its layers and its vocabulary."""

from __future__ import annotations

from typing import Any

import torch

from playground.decoders.decoder import Decoder


class EncoderDecoder(Decoder):
    """A Decoder of a ``...ForMaskedLM`` class. It has its own positions and its own sliding windows, and no cache."""

    caches = False

    def __init__(self, model: Any) -> None:
        self._hold(model)
        self.causal = False

    def hidden(self, ids, positions=None, mask=None, cache=None) -> torch.Tensor:
        """See Decoder.hidden. Raises ValueError for positions, masks and caches."""
        if positions is not None or mask is not None or cache is not None:
            raise ValueError("An encoder reads its whole text in order, without a cache.")
        return self.model.head(self.model.model(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state)

    def logits(self, hidden: torch.Tensor) -> torch.Tensor:
        """See Decoder.logits."""
        return self.model.decoder(hidden)

    def block_cache(self, length: int):
        """See Decoder.block_cache. Raises ValueError: an encoder has none."""
        raise ValueError("An encoder has no cache.")


def decoder_of(model: torch.nn.Module) -> Decoder:
    """The reference decoder of a stock class."""
    return EncoderDecoder(model) if hasattr(model, "decoder") and hasattr(model, "head") else Decoder(model)
