"""The kinds of requests in the synthetic training text, each with an example, from training/text/kinds. No torch."""

from __future__ import annotations

from playground.training.text.library import library

STORY = ("tell a short story", "Tell me a story about a girl named Mia who is afraid of the dark.")

Known = tuple[str, str]  # the name of a kind of request, and an example prompt


def knowledge() -> tuple[Known, ...]:
    """The kinds in alphabetical order, then stories."""
    return (*sorted((kind.about, kind.example) for kind in library().kinds.values()), STORY)
