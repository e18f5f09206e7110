"""Prompts as token ids."""
from __future__ import annotations


def encode(text: str, tokenizer) -> list[int]:
    """Token ids as the playground reads a prompt: the names of special tokens are ordinary text."""
    return tokenizer(text, add_special_tokens=False, split_special_tokens=True)["input_ids"]
