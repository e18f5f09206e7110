"""Statistics of a text's token ids alone: how often it says the same."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence


def unigram_entropy(ids: Sequence[int]) -> float | None:
    """Entropy in nats of the tokens' own frequencies; None for no token. Low means repetition."""
    if not ids:
        return None
    shares = [count / len(ids) for count in Counter(ids).values()]
    return max(0.0, -sum(p * math.log(p) for p in shares))


def distinct(ids: Sequence[int], n: int = 2) -> float | None:
    """Different n-grams over all n-grams (distinct-n, 1510.03055); None where there is none."""
    grams = [tuple(ids[at : at + n]) for at in range(len(ids) - n + 1)]
    return len(set(grams)) / len(grams) if grams else None
