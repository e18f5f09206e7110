"""How surprising a text is to a model that reads it."""

from __future__ import annotations

import math
from typing import NamedTuple


class Score(NamedTuple):
    """Two figures of the same surprise. The lower, the less surprising."""

    perplexity: float  # per token of the model that scores
    bits_per_byte: float  # per byte of the text in UTF-8, so texts and scorers of any tokenizer compare

    @classmethod
    def of(cls, nats: float, tokens: int, text: str) -> Score:
        """nats: the negative log-likelihood of the text's tokens, summed; tokens: how many; text: not empty."""
        return cls(math.exp(nats / tokens), nats / math.log(2) / len(text.encode()))
