"""How long the story takes to read."""

from __future__ import annotations

from collections.abc import Iterable

from playground.story.pages import Prose, StoryPage

PACE = 230  # words a minute of a reader who stops at no mark


def minutes(pages: Iterable[StoryPage]) -> int:
    """Minutes to read the prose that is seen at once, at least 1. Text in folds does not count."""
    prose = (part for page in pages for part in page.parts if isinstance(part, Prose) and not part.fold)
    words = sum(len(token.content.split()) for part in prose for token in part.tokens if token.type == "inline")
    return max(round(words / PACE), 1)
