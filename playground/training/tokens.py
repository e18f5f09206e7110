"""Prompts as token ids."""
from __future__ import annotations

from playground.prompting import ASSISTANT, USER


def encode(text: str, tokenizer) -> list[int]:
    """Token ids as the playground reads a prompt: the names of special tokens are ordinary text."""
    return tokenizer(text, add_special_tokens=False, split_special_tokens=True)["input_ids"]


def opening(ids: list[int], tokenizer, story_tokens: int) -> list[int]:
    """How a document would be asked for: a dialogue's first turn up to the assistant's name, a story's first tokens."""
    first_line = tokenizer.decode(ids).split("\n", 1)[0]
    return encode(f"{first_line}\n{ASSISTANT}", tokenizer) if first_line.startswith(USER) else ids[:story_tokens]
