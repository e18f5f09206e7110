"""Workshops: five-minute exercises from assets/workshops.json, and the printed sheet for the workshop's leader. This
module needs neither the page nor torch."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from playground.errors import PlaygroundError
from playground.files import ROOT

DATA = ROOT / "assets" / "workshops.json"


@dataclass(frozen=True)
class Workshop:
    """One exercise."""

    id: str
    track: str  # the exercises of one lesson; they are numbered within it
    title: str
    minutes: int
    settings: Mapping[str, Any]  # fields of RaceRequest that differ from its defaults
    question: str
    guess: str  # what the class votes on before the run
    choices: tuple[str, ...]  # its answers
    do: str  # the instructions
    observe: str  # what the shipped twins do; shown after the class has looked
    needs: tuple[str, ...] = ()  # the controls that ``do`` asks to change, by the names that ``?show=`` takes
    # The texts quoted in ``observe``, by lane, with the settings that differ from the exercise's; a test checks them.
    seen: tuple[Mapping[str, Any], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """All fields as plain data."""
        return asdict(self)


@lru_cache(maxsize=1)
def workshops(path: Path = DATA) -> tuple[Workshop, ...]:
    """All exercises in order. Raises PlaygroundError if the file cannot be used."""
    try:
        return tuple(Workshop(**entry) for entry in json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise PlaygroundError(
            f"The workshops ({path.name}) cannot be read: {str(error)[:100]}. Restore the file."
        ) from None


def tracks(exercises: Iterable[Workshop]) -> dict[str, list[Workshop]]:
    """The exercises of each track, in order."""
    by_track: dict[str, list[Workshop]] = {}
    for one in exercises:
        by_track.setdefault(one.track, []).append(one)
    return by_track
