"""How a visitor's words become the text a twin continues: dialogues as turns, stories as they are. The result is shown."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

USER, ASSISTANT = "User:", "Assistant:"
STORY_OPENINGS = (
    "once upon a time",
    "once there",
    "one day, ",
    "one day a",
    "one day the",
    "one morning",
    "one evening",
    "long ago",
    "long, long ago",
    "there once was",
    "there was once",
    "there lived",
    "many years ago",
    "a long time ago",
)


KINDS = ("dialogues", "stories")


def kind(text: str) -> str:
    """Which of KINDS a wrapped text is: whatever has turns is a dialogue."""
    return KINDS[0] if text.startswith(USER) else KINDS[1]


def wrap(prompt: str) -> str:
    """The text the models continue.

    A story opening goes raw; text that already has turns is closed by the assistant's name where a user's turn stands
    last; anything else becomes a user's turn, on one line.
    """
    prompt = prompt.strip()
    if prompt.startswith(USER):
        last_turn = prompt.splitlines()[-1]
        return f"{prompt}\n{ASSISTANT}" if last_turn.startswith(USER) else prompt
    if prompt.lower().startswith(STORY_OPENINGS):
        return prompt
    return f"{USER} {' '.join(prompt.split())}\n{ASSISTANT}"


@dataclass(frozen=True)
class Template:
    """How a visitor's words become the text that a model continues."""

    wrap: Callable[[str], str]  # a prompt -> the text before the reply
    lead: Callable[[str], str]  # a reader's own text -> the same text as the model knows such text


def as_it_is(text: str) -> str:
    return text.strip()


def first_turn(reply: str) -> str:
    """What a model wrote before it went on with a turn of the user: after a line break, or after a space as the twins' stories do."""
    return re.split(rf"\s{USER}", reply, maxsplit=1)[0].strip()


def lead(text: str) -> str:
    """A reader's own text as the models know such text: a turn or a story goes as it is, anything else is a user's turn."""
    text = text.strip()
    if text.startswith(USER) or text.lower().startswith(STORY_OPENINGS):
        return text
    return f"{USER} {' '.join(text.split())}"


TEMPLATES = {"turns": Template(wrap, lead), "plain": Template(as_it_is, as_it_is)}
