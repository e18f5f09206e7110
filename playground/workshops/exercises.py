"""Workshops: five-minute exercises as data (assets/workshops.json), and the leader's sheet made of them. No page, no torch."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from playground.errors import PlaygroundError
from playground.files import ROOT

DATA = ROOT / "assets" / "workshops.json"


@dataclass(frozen=True)
class Workshop:
    """One exercise. settings: of RaceRequest, that differ from its defaults; do: what to do; observe: what was seen on the shipped
    twins, told when the class has looked; seen: the words quoted there, by lane, with the settings that differ from the exercise's
    own, so that a test can look again."""

    id: str
    title: str
    minutes: int
    settings: Mapping[str, Any]
    question: str
    do: str
    observe: str
    seen: tuple[Mapping[str, Any], ...] = ()

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@lru_cache(maxsize=1)
def workshops(path: Path = DATA) -> tuple[Workshop, ...]:
    """All of them, in order. Raises PlaygroundError where the file cannot be used."""
    try:
        return tuple(Workshop(**entry) for entry in json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise PlaygroundError(
            f"The workshops ({path.name}) cannot be read: {str(error)[:100]}. Restore the file."
        ) from None
