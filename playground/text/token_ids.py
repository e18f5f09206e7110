"""Text to token ids, for visitors' prompts and for training documents.

The name of a control token is read as ordinary text, unless a template wrote it. Otherwise a prompt or a document that
mentions ``<|mask|>`` would contain a mask token that no sampler put there, and a visitor could end a turn.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from playground.text.templates import TemplateText


def control_tokens(tokenizer: Any) -> dict[str, int]:
    """The ids of a tokenizer's control tokens by name: its added tokens, special or not (Qwen's <think> is not), except
    runs of white space, which some tokenizers add for code ("▁" is SentencePiece's space)."""
    names = {token.content: at for at, token in tokenizer.added_tokens_decoder.items()}
    return {name: at for name, at in names.items() if len(name) > 1 and not name.replace("▁", " ").isspace()}


def start_of(tokenizer: Any) -> str:
    """The control tokens with which a tokenizer begins every text, by name (LLaMA's bos); empty if it adds none. A model
    whose training texts all began so reads a text without them as the middle of one."""
    whole, bare = (tokenizer("a", add_special_tokens=adds)["input_ids"] for adds in (True, False))
    before: list[int] = next((whole[:at] for at in range(len(whole)) if whole[at : at + len(bare)] == bare), [])
    names = {at: name for name, at in control_tokens(tokenizer).items()}
    return "".join(names.get(token, "") for token in before)


def plain_ids(text: str, tokenizer: Any) -> list[int]:
    """Token ids of a text, without control tokens. tokenizer: a transformers tokenizer."""
    return _without(text, tokenizer, frozenset(control_tokens(tokenizer).values()))


def plain_batch(texts: Sequence[str], tokenizer: Any) -> list[list[int]]:
    """``plain_ids`` of each text, in one call of the tokenizer, which is faster."""
    if not texts:
        return []
    controls = frozenset(control_tokens(tokenizer).values())
    batch = tokenizer(
        list(texts),
        add_special_tokens=False,
        split_special_tokens=True,
        return_attention_mask=False,
        return_token_type_ids=False,
    )["input_ids"]
    return [ids if controls.isdisjoint(ids) else _without(text, tokenizer, controls) for text, ids in zip(texts, batch)]


def text_ids(text: Sequence[str], tokenizer: Any) -> list[int]:
    """Token ids of a text in pieces (templates.py): control tokens in its TemplateText are tokens, in the visitor's words they
    are not.

    The text is cut at the control tokens of its markup, and what stands between two of them is encoded as a whole, words
    and markup together. So the ids are those of the whole string with its control tokens, even where the end of a word
    and the line break after it are one token. They differ only where the words name a control token, and for a tokenizer
    that marks the start of a text (SentencePiece's "▁"), because there each stretch starts a text.
    """
    controls, added = control_tokens(tokenizer), tokenizer.added_tokens_decoder
    ids: list[int] = []
    stretch, takes_space = "", False  # the text since the last control token; whether that takes the space after it
    for part, is_control in _parts(text, controls):
        if not is_control:
            stretch += part.lstrip() if takes_space and not stretch else part
            continue
        token = added[controls[part]]
        ids += [*plain_ids(stretch.rstrip() if token.lstrip else stretch, tokenizer), controls[part]]
        stretch, takes_space = "", token.rstrip
    return ids + plain_ids(stretch, tokenizer)


def _parts(text: Sequence[str], names: Collection[str]) -> Iterator[tuple[str, bool]]:
    """The parts of a text in order, and of each whether it is a control token of the markup's."""
    longest_first = sorted(names, key=len, reverse=True)
    control = re.compile(f"({'|'.join(map(re.escape, longest_first)) or '(?!)'})")
    for piece in text:
        found = control.split(piece) if isinstance(piece, TemplateText) else [piece]
        yield from ((part, at % 2 == 1) for at, part in enumerate(found) if part)


def _without(text: str, tokenizer: Any, controls: frozenset[int]) -> list[int]:
    """Token ids of a text without ``controls``. A tokenizer splits only names of special tokens by itself; those of
    other control tokens are encoded letter by letter."""

    def encoded(part: str) -> Mapping[str, Any]:
        return tokenizer(part, add_special_tokens=False, split_special_tokens=True, return_offsets_mapping=True)

    whole = encoded(text)
    if controls.isdisjoint(whole["input_ids"]):
        return whole["input_ids"]
    ids: list[int] = []
    at = 0
    for token, (start, end) in zip(whole["input_ids"], whole["offset_mapping"]):
        if token in controls:
            for part in (text[at:start], *text[start:end]):
                ids += encoded(part)["input_ids"]
            at = end
    return ids + encoded(text[at:])["input_ids"]
