"""The ids of special tokens."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from playground.catalog.records import ModelRecord


@dataclass(frozen=True)
class SpecialIds:
    """The special tokens that a sampler must know."""

    end: int  # end of text
    mask: int | None  # None for a model without a mask token
    more_ends: tuple[int, ...] = ()  # further tokens that end a text, e.g. LLaDA's end of turn
    unwritten: tuple[int, ...] = ()  # further ids that are never written: see ``unwritten_ids``

    @property
    def ends(self) -> tuple[int, ...]:
        """Every token that ends a text."""
        return (self.end, *self.more_ends)

    @property
    def barred(self) -> tuple[int, ...]:
        """Every id that a sampler must never choose, in order, the mask among them."""
        return tuple(sorted({*self.unwritten, *(() if self.mask is None else (self.mask,))}))


def special_ids(record: ModelRecord, tokenizer: Any, vocabulary: int) -> SpecialIds:
    """The special ids of a record, by its tokenizer; what the record leaves open is the tokenizer's own.

    vocabulary: the width of the model's head. Raises ValueError, with words that follow "The model is damaged:".
    """
    own = [] if tokenizer.eos_token_id is None else [tokenizer.eos_token_id]
    ends = tuple(dict.fromkeys([*own, *(_id(name, tokenizer, vocabulary) for name in record.ends)]))
    mask = (
        tokenizer.mask_token_id if record.mask is None else _id(_named(record.mask, tokenizer), tokenizer, vocabulary)
    )
    if not ends or (mask is None and record.kind == "diffusion" and record.noise == "mask"):
        raise ValueError("its tokenizer names no end or mask token")
    return SpecialIds(ends[0], mask, ends[1:], unwritten_ids(tokenizer, vocabulary, ends))


def unwritten_ids(tokenizer: Any, vocabulary: int, ends: Collection[int]) -> tuple[int, ...]:
    """The ids of a model's head that stand for no text, in order: those that its tokenizer does not know (a head is often
    wider than the vocabulary), and special tokens other than the ends.

    A tokenizer lists only some special tokens in ``all_special_ids``, and marks the others where they were added.
    """
    unknown = set(range(vocabulary)) - set(tokenizer.get_vocab().values())
    added = {token for token, how in tokenizer.added_tokens_decoder.items() if how.special}
    special = {token for token in added | set(tokenizer.all_special_ids) if token < vocabulary}
    return tuple(sorted((unknown | special) - set(ends)))


def _named(mask: str | int | tuple[str, ...], tokenizer: Any) -> str | int:
    """The one of several names that the tokenizer has; the first if it has none of them."""
    if not isinstance(mask, tuple):
        return mask
    return next((name for name in mask if name in tokenizer.get_vocab()), mask[0])


def _id(name: str | int, tokenizer: Any, vocabulary: int) -> int:
    """The id of a token that a record names, or gives as an id."""
    if isinstance(name, str) and name not in tokenizer.get_vocab():
        raise ValueError(f"its tokenizer has no token {name!r}, which its record names")
    token = tokenizer.get_vocab()[name] if isinstance(name, str) else name
    if token >= vocabulary:
        raise ValueError(f"the token {name!r} of its record lies outside of its vocabulary of {vocabulary}")
    return token
