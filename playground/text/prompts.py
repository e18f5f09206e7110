"""The twins' prompts: how a visitor's words become a dialogue or a story, as in their training documents."""

from __future__ import annotations

import re

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
    """Which of KINDS a wrapped text is: a dialogue if it starts with a user's turn, else a story."""
    return KINDS[0] if text.startswith(USER) else KINDS[1]


def wrap(prompt: str) -> str:
    """The text that the twins continue.

    A story opening stays as it is. A text that already has turns stays too, with the assistant's name added if its
    last line is a user's turn. Anything else becomes one user's turn, on one line, followed by the assistant's name.
    """
    prompt = prompt.strip()
    if prompt.startswith(USER):
        last_turn = prompt.splitlines()[-1]
        return f"{prompt}\n{ASSISTANT}" if last_turn.startswith(USER) else prompt
    if prompt.lower().startswith(STORY_OPENINGS):
        return prompt
    return f"{USER} {' '.join(prompt.split())}\n{ASSISTANT}"


def as_it_is(text: str) -> str:
    """The text without surrounding white space: the template of models that continue plain text."""
    return text.strip()


def first_turn(reply: str) -> str:
    """A reply up to the next user's turn, if the model went on to write one. The turn starts after a line break, or
    after a space, as in the twins' stories."""
    return re.split(rf"\s{USER}", reply, maxsplit=1)[0].strip()


def lead(text: str) -> str:
    """A whole text of the visitor's in the form of the twins' training documents: a dialogue or a story stays as it is,
    anything else becomes a user's turn."""
    text = text.strip()
    if text.startswith(USER) or text.lower().startswith(STORY_OPENINGS):
        return text
    return f"{USER} {' '.join(text.split())}"
