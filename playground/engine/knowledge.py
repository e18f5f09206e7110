"""What twins know that learned the made text: every kind of request with an example, from training/text/kinds. No torch."""

from __future__ import annotations

from playground.training.text.library import library

STORY = ("tell a short story", "Tell me a story about a girl named Mia who is afraid of the dark.")

Known = tuple[str, str]  # what, and a prompt


def knowledge() -> tuple[Known, ...]:
    """Kinds in the order of the alphabet, then stories."""
    return (*sorted((kind.about, kind.example) for kind in library().kinds.values()), STORY)
