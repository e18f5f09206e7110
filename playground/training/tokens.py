"""The prompts of documents, as token ids."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from playground.text.prompts import ASSISTANT, USER, kind
from playground.text.token_ids import plain_ids
from playground.training.corpus import Packed


def opening(ids: list[int], tokenizer, story_tokens: int) -> list[int]:
    """The prompt that would ask for a document: the first turn of a dialogue up to the assistant's name, or the first
    ``story_tokens`` tokens of a story."""
    first_line = tokenizer.decode(ids).split("\n", 1)[0]
    return plain_ids(f"{first_line}\n{ASSISTANT}", tokenizer) if first_line.startswith(USER) else ids[:story_tokens]


def shuffled(valid: Packed, tokenizer, seed: int) -> Iterator[tuple[str, list[int]]]:
    """(kind, token ids) of every document in a seeded order, so that the first documents are an unselected sample."""
    for ids in map(valid.document, np.random.default_rng(seed).permutation(len(valid.openings))):
        yield kind(tokenizer.decode(ids)), ids
