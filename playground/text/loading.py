"""The template of a model, checked against the model's tokenizer."""

from __future__ import annotations

import re
import uuid
from typing import Any

from playground.errors import PlaygroundError
from playground.text.prompts import as_it_is
from playground.text.templates import CONTROL, TEMPLATES, Bare, Chat, Template
from playground.text.token_ids import control_tokens, start_of

PLAIN = "plain"  # a text as it is
FOLDER = "folder"  # the chat template in the checkpoint's folder
HINT = "Name another template in its record."


def template_of(key: str, tokenizer: Any, called: str) -> Template:
    """A model's template. Raises PlaygroundError if the tokenizer does not fit it.

    key: of TEMPLATES, or FOLDER. tokenizer: a transformers tokenizer. called: the model's name in a sentence.
    """
    if key == FOLDER:
        return folder_template(tokenizer, called)
    if key not in TEMPLATES:
        raise PlaygroundError(f"{called} has a record with an unknown template, {key!r}. {HINT}")
    check_template(TEMPLATES[key], tokenizer, called)
    if key == PLAIN and (start := start_of(tokenizer)):
        return Bare(as_it_is, as_it_is, start)
    return TEMPLATES[key]


def check_template(template: Template, tokenizer: Any, called: str) -> None:
    """Raises PlaygroundError if the tokenizer lacks a control token of the template's, which it would read as letters
    without a word."""
    known = control_tokens(tokenizer)
    for name in (name for part in template.markup for name in CONTROL.findall(part)):
        if name not in known:
            raise PlaygroundError(
                f"The tokenizer of {called} has no token {name}, which its chat template needs. Use the tokenizer that "
                "belongs to the model, or name another template in its record."
            )


def folder_template(tokenizer: Any, called: str) -> Chat:
    """The chat template in a checkpoint's folder, as markup around the visitor's words. Raises PlaygroundError.

    It is rendered here, with marks in place of words, and never with words: so no word of a visitor's reaches it. A mark
    is a random string, which the template must give back unchanged, once. If it can write a dialogue, a dialogue keeps
    its turns.
    """
    if not tokenizer.chat_template:
        raise PlaygroundError(f"{called} has no chat template in its folder. {HINT}")
    try:
        first, reply = _around(tokenizer, 1)
    except Exception as error:  # a template is a program of others: it may raise anything
        reason = str(error) if isinstance(error, _ChangedError) else type(error).__name__
        raise PlaygroundError(
            f"The chat template in the folder of {called} cannot be used ({reason}). {HINT}"
        ) from None
    begin = tokenizer.bos_token or ""
    document = begin if first.startswith(begin) else ""
    try:
        before, earlier, again, last = _around(tokenizer, 3)
    except Exception:  # it writes one turn only
        return Chat(first, reply, document=document)
    dialogues = (before, last) == (first, reply)
    return Chat(first, reply, again if dialogues else None, earlier, document)


class _ChangedError(ValueError):
    """A template did not give a mark back unchanged, once."""

    def __init__(self) -> None:
        super().__init__("it does not give the user's words back unchanged, once")


def _around(tokenizer: Any, turns: int) -> list[str]:
    """What a chat template writes before, between and after the words of turns that alternate, the user's first."""
    marks = [f"Words{uuid.uuid4().hex}" for _ in range(turns)]
    roles = ("user", "assistant")
    text = tokenizer.apply_chat_template(
        [{"role": roles[at % 2], "content": mark} for at, mark in enumerate(marks)],
        tokenize=False,
        add_generation_prompt=True,
        enable_thinking=False,  # Qwen3's template reads it: the reply begins after an empty thought
    )
    if sorted(marks, key=text.find) != marks or any(text.count(mark) != 1 for mark in marks):
        raise _ChangedError
    return re.split("|".join(marks), text)
