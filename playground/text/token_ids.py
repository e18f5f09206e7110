"""Text to token ids, for visitors' prompts and for training documents.

The name of a special token is read as plain text. Otherwise a prompt or a document that mentions ``<|mask|>`` would
contain a mask token that no sampler put there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def plain_ids(text: str, tokenizer: Any) -> list[int]:
    """Token ids of a text, without special tokens. tokenizer: a transformers tokenizer."""
    return tokenizer(text, add_special_tokens=False, split_special_tokens=True)["input_ids"]


def plain_batch(texts: Sequence[str], tokenizer: Any) -> list[list[int]]:
    """``plain_ids`` of each text, in one call of the tokenizer, which is faster."""
    if not texts:
        return []
    return tokenizer(
        list(texts),
        add_special_tokens=False,
        split_special_tokens=True,
        return_attention_mask=False,
        return_token_type_ids=False,
    )["input_ids"]
