"""Text as token ids, for visitors' prompts and for training documents alike: the name of a special token in a text is text.

Were it read as the token itself, a prompt or a document that mentions ``<|mask|>`` would hold a mask that nobody put there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def plain_ids(text: str, tokenizer: Any) -> list[int]:
    """Token ids of a text. tokenizer: as transformers reads it."""
    return tokenizer(text, add_special_tokens=False, split_special_tokens=True)["input_ids"]


def plain_batch(texts: Sequence[str], tokenizer: Any) -> list[list[int]]:
    """``plain_ids`` of many texts, faster."""
    if not texts:
        return []
    return tokenizer(
        list(texts),
        add_special_tokens=False,
        split_special_tokens=True,
        return_attention_mask=False,
        return_token_type_ids=False,
    )["input_ids"]
