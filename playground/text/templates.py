"""Chat templates: how a visitor's words become the text that a model reads.

A text is a sequence of pieces. A piece of the template's own is ``TemplateText``: the names of control tokens in it are those
tokens. Every other piece is the visitor's words, in which such a name is ordinary text (token_ids.py encodes both).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Protocol

from playground.text import prompts
from playground.text.prompts import ASSISTANT, USER

CONTROL = re.compile(r"<\|\w+\|>|</?think>")  # control tokens in markup; [Question] and <role> may be ordinary text
TURN = re.compile(rf"^({USER}|{ASSISTANT})", re.MULTILINE)


class TemplateText(str):
    """A piece of a template's own."""

    __slots__ = ()


Text = tuple[str, ...]  # the pieces in order


class Template(Protocol):
    """How a visitor's words become the text that a model reads."""

    @property
    def markup(self) -> tuple[str, ...]:
        """All markup that it may write."""

    def wrap(self, prompt: str) -> Text:
        """The text that the model continues."""

    def lead(self, text: str) -> Text:
        """A whole text of the visitor's in the form of the training documents. The last piece is the visitor's."""


@dataclass(frozen=True)
class Bare:
    """A template without turns in markup: its own words, such as "User:", are ordinary text, as in the training
    documents."""

    wrapped: Callable[[str], str]  # a prompt -> the text that the model continues
    led: Callable[[str], str]  # a whole text -> that text in the form of the training documents
    document: str = ""  # before every text: control tokens

    @property
    def markup(self) -> tuple[str, ...]:
        return (self.document,) if self.document else ()

    def wrap(self, prompt: str) -> Text:
        return (*map(TemplateText, self.markup), self.wrapped(prompt))

    def lead(self, text: str) -> Text:
        return (*map(TemplateText, self.markup), self.led(text))


@dataclass(frozen=True)
class Chat:
    """A template with turns in markup. The visitor's words lose the white space around them.

    A prompt that starts with "User:" is a dialogue: each line that starts with "User:" or "Assistant:" begins a turn,
    and if the last turn is the assistant's, the model goes on with it. Any other prompt is one turn of the user's.
    """

    first: str  # before the user's first words
    reply: str  # between the user's last words and the reply that the model writes
    again: str | None = None  # between a reply and the user's next words; None: a dialogue is one turn of the user's
    earlier: str | None = None  # between a user's words and a reply before the last; None: as ``reply``
    document: str = ""  # before a text that is no dialogue

    @property
    def markup(self) -> tuple[str, ...]:
        return tuple(part for part in (self.document, self.first, self.reply, self.again, self.earlier) if part)

    def wrap(self, prompt: str) -> Text:
        turns = self._turns(prompt) or [prompt.strip()]
        return (*self._joined(turns), *[TemplateText(self.reply)] * (len(turns) % 2))

    def lead(self, text: str) -> Text:
        """A dialogue keeps its turns, and the last turn stays open. Any other text stands without turns, as in the
        documents of the model's pretraining."""
        turns = self._turns(text)
        return self._joined(turns) if turns else (*[TemplateText(self.document)] * bool(self.document), text.strip())

    def _turns(self, text: str) -> list[str]:
        """The words of a dialogue's turns, the user's and the assistant's alternately; [] for any other text."""
        return turns(text) if self.again is not None else []

    def _joined(self, turns: Sequence[str]) -> Text:
        """The turns with the markup before each."""
        pieces: list[str] = []
        for at, words in enumerate(turns):
            pieces += [TemplateText(self._before(at, len(turns))), words]
        return tuple(pieces)

    def _before(self, at: int, count: int) -> str:
        """The markup before turn ``at`` of ``count``."""
        if at == 0:
            return self.first
        if at % 2 == 0:
            return self.again or ""
        return self.reply if at == count - 1 or self.earlier is None else self.earlier


def turns(text: str) -> list[str]:
    """The words of a dialogue's turns, the user's and the assistant's alternately; [] if the text does not start with a
    user's turn. Two turns of one speaker become one, with a line break between them."""
    text = text.strip()
    if not text.startswith(USER):
        return []
    _, *parts = TURN.split(text)
    spoken = zip(parts[::2], parts[1::2])
    return ["\n".join(words.strip() for _, words in both) for _, both in groupby(spoken, key=lambda turn: turn[0])]


def _chatml(before: str = "", last: str = "", think: str = "") -> Chat:
    """Qwen's template. before: the system's turn; last: after the user's words; think: before the reply's words."""
    user, opened = "<|im_start|>user\n", f"{last}<|im_end|>\n<|im_start|>assistant\n"
    return Chat(f"{before}{user}", f"{opened}{think}", f"<|im_end|>\n{user}", opened)


def _headers(start: str) -> Chat:
    """LLaMA 3's template, which is LLaDA's too. start: the token that starts a text."""
    user, assistant = (f"<|start_header_id|>{role}<|end_header_id|>\n\n" for role in ("user", "assistant"))
    return Chat(f"{start}{user}", f"<|eot_id|>{assistant}", f"<|eot_id|>{user}", document=start)


SYSTEM = "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n"
SYSTEM_QWEN = SYSTEM.replace("You are a", "You are Qwen, created by Alibaba Cloud. You are a")
TURNS = Bare(prompts.wrap, prompts.lead)
TEMPLATES: dict[str, Template] = {  # their sources are those of the records that name them
    "turns": TURNS,  # the twins'
    "plain": Bare(prompts.as_it_is, prompts.as_it_is),  # models that continue text
    "llada": _headers("<|startoftext|>"),
    "llama3": _headers("<|begin_of_text|>"),
    "chatml": _chatml(),
    "chatml-no-think": _chatml(think="<think>\n\n</think>\n\n"),  # Qwen3's with enable_thinking=False
    "qwen2": _chatml(SYSTEM),  # also that of models that were made of Qwen2.5: Dream, Fast-dLLM v2
    "qwen2.5": _chatml(SYSTEM_QWEN),
    "diffucoder": _chatml(SYSTEM, last="\n"),
    "role": Chat(
        "<role>SYSTEM</role>detailed thinking off<|role_end|><role>HUMAN</role>",
        "<|role_end|><role>ASSISTANT</role>",
        "<|role_end|><role>HUMAN</role>",
    ),
    "modernbert": Chat(
        "[Question]\n", "\n[/Question]\n\n[Answer]\n", "\n[/Answer]\n\n[Question]\n"
    ),  # of these names none is a token
}
