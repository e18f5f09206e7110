"""Examples as cards, each named by what it teaches: first what only diffusion does. They are for the shipped twins, which
really write what the cards promise (tests/ui/test_example_cards.py)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from playground.catalog.records import TWINS, ModelRecord
from playground.errors import PlaygroundError
from playground.files import ROOT

DATA = ROOT / "assets" / "examples.json"
GAP = "___"  # in the text before


@dataclass(frozen=True)
class ExampleCard:
    """One example."""

    id: str
    title: str  # what it teaches
    before: str  # the text before the run, shortened; GAP where something is missing
    watch: str  # what to watch for
    settings: Mapping[str, Any]  # fields of RaceRequest that differ from its defaults
    seen: Mapping[str, str]  # kind of a twin -> what it writes, without what was given

    @property
    def pieces(self) -> list[str]:
        """The text before, between its gaps."""
        return self.before.split(GAP)

    @property
    def asked(self) -> str:
        """The settings as JSON text, for the page's script."""
        return json.dumps(dict(self.settings), ensure_ascii=False)


@lru_cache(maxsize=1)
def example_cards(path: Path = DATA) -> tuple[ExampleCard, ...]:
    """All cards in order. Raises PlaygroundError if their file cannot be used."""
    try:
        cards = tuple(ExampleCard(**entry) for entry in json.loads(path.read_text(encoding="utf-8")))
        if not cards:
            raise ValueError("it is empty")
        return cards
    except (OSError, ValueError, TypeError) as error:
        raise PlaygroundError(
            f"The examples ({path.name}) cannot be read: {str(error)[:100]}. Restore the file."
        ) from None


def cards_for(raced: Sequence[ModelRecord]) -> tuple[ExampleCard, ...]:
    """The cards of a page whose default race is between these models: none where they are not the shipped twins. Raises
    PlaygroundError."""
    shipped = [record.key for record in raced] == [record.key for record in TWINS]
    return example_cards() if shipped and not any(record.own for record in raced) else ()
