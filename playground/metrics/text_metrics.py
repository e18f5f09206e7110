"""Metrics of a text's diversity, from its token ids alone."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence


def unigram_entropy(ids: Sequence[int]) -> float | None:
    """Entropy in nats of the token frequencies in this text; None for an empty text. A low value means repetition."""
    if not ids:
        return None
    shares = [count / len(ids) for count in Counter(ids).values()]
    return max(0.0, -sum(p * math.log(p) for p in shares))


def distinct(ids: Sequence[int], n: int = 2) -> float | None:
    """The number of different n-grams divided by the number of all n-grams (distinct-n, 1510.03055); None if the text
    is shorter than n tokens."""
    grams = [tuple(ids[at : at + n]) for at in range(len(ids) - n + 1)]
    return len(set(grams)) / len(grams) if grams else None
