"""A short hash of a tokenizer, by which a trace says whether two lanes cut text into the same tokens."""

from __future__ import annotations

import hashlib
import json
from typing import Any

DIGITS = 16


def fingerprint(tokenizer: Any) -> str:
    """The first DIGITS hexadecimal digits of the SHA-256 of a tokenizer's vocabulary and merges.

    Added tokens such as a mask are left out, because they do not change how a text is cut: a diffusion model that was
    made of an AR model has one more token, and both write tokens of the same size. tokenizer: a transformers tokenizer.
    """
    added = set(tokenizer.get_added_vocab())
    model = _model(tokenizer)
    vocabulary = model.get("vocab") or tokenizer.get_vocab()
    if isinstance(vocabulary, dict):
        vocabulary = sorted((token, n) for token, n in vocabulary.items() if token not in added)
    parts = json.dumps([vocabulary, model.get("merges")], separators=(",", ":"))
    return hashlib.sha256(parts.encode()).hexdigest()[:DIGITS]


def _model(tokenizer: Any) -> dict[str, Any]:
    """The model in a fast tokenizer's file; {} for a tokenizer that is written in Python."""
    fast = getattr(tokenizer, "backend_tokenizer", None)
    return json.loads(fast.to_str())["model"] if fast is not None else {}
