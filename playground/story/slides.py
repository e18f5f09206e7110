"""The story as slides: one sentence of it, one recorded race each, and a note for the speaker.

assets/talk/slides.json lists them; the race of a slide is recorded in assets/traces/scenes (``make record``). This module
imports neither the page nor torch.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from playground.files import ROOT
from playground.story.pages import StoryError
from playground.trace.trace import Trace

SLIDES = ROOT / "assets" / "talk" / "slides.json"
SCENES = ROOT / "assets" / "traces" / "scenes"


@dataclass(frozen=True)
class Slide:
    """One slide of the talk."""

    name: str  # of its scene's file
    page: str  # of the story, which the sentence is from
    sentence: str  # on the wall
    look: str  # what to look at, in a line under the sentence
    note: str  # for the speaker alone
    race: Mapping[str, Any]  # settings of the scene: fields of RaceRequest that differ from its defaults
    show: Literal["", "equal", "map"] = ""  # how the race is shown: at its true times, in equal steps, as a map

    @property
    def scene(self) -> Path:
        """The file of its recorded race."""
        return SCENES / f"{self.name}.json"


@lru_cache(maxsize=1)
def slides(path: Path = SLIDES) -> tuple[Slide, ...]:
    """All slides in order. Raises StoryError if the file cannot be used."""
    try:
        return tuple(Slide(**entry) for entry in json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise StoryError(f"The slides ({path.name}) cannot be read: {str(error)[:100]}. Restore the file.") from error


def whole_talk() -> tuple[Slide, ...]:
    """All slides, each with a scene that can be played. Raises StoryError that names the file that cannot be used."""
    for slide in slides():
        if _trace(slide.scene) is None:
            raise StoryError(f"The scene {slide.scene.name} of the talk cannot be read. Restore the file.")
    return slides()


def scenes() -> list[dict[str, Any]]:
    """Each slide as plain data with the trace of its race. What is damaged or missing is left out."""
    try:
        there = slides()
    except StoryError:
        return []  # the page has said so
    return [
        {**asdict(slide), "trace": trace} for slide, trace in ((each, _trace(each.scene)) for each in there) if trace
    ]


def _trace(path: Path) -> dict[str, Any] | None:
    """A recorded race as plain data; None if it cannot be played."""
    try:
        return Trace.loads(path.read_text(encoding="utf-8")).to_json()
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None
