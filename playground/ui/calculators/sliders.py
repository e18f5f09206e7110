"""Sliders and choices of the calculating panels: bounds and starts from assets/calculator.json, and what the browser sends.

A panel is a form of native inputs (templates/panels/inputs.html); ``assets/panels/sliders.js`` shows their values and sends them. What comes back is read here
and nowhere else, so that every odd value is answered with a sentence.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from playground.errors import PlaygroundError
from playground.request.json_text import from_json
from playground.ui.stage import ASSETS

LONGEST = 4000  # characters of a question; also shorter than any number that Python refuses to read


@dataclass(frozen=True)
class Slider:
    """A number with bounds. one: the unit of a single one; claim: of the deck, where the start is the deck's own figure."""

    id: str
    label: str
    unit: str
    least: float
    most: float
    step: float
    start: float
    one: str | None = None
    claim: str | None = None

    @property
    def whole(self) -> bool:
        return isinstance(self.step, int) and isinstance(self.least, int)

    @property
    def start_in_words(self) -> str:
        return in_unit(self.start, self.unit, self.one)

    def read(self, value: Any) -> float:
        """A value off the browser. Raises PlaygroundError with a sentence."""
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise PlaygroundError(f"{self.label} needs a number.")
        if not self.least <= value <= self.most:  # as well for what is no number at all
            raise PlaygroundError(f"{self.label} must be from {self.least:,} to {self.most:,} {self.unit}.")
        if self.whole and value != int(value):
            raise PlaygroundError(f"{self.label} must be a whole number of {self.unit}.")
        return int(value) if self.whole else float(value)


def data() -> dict[str, Any]:
    """All of assets/calculator.json."""
    return json.loads((ASSETS / "calculator.json").read_text(encoding="utf-8"))


def sliders(rows: Iterable[Mapping[str, Any]]) -> tuple[Slider, ...]:
    return tuple(Slider(**row) for row in rows)


def starts(inputs: Iterable[Slider]) -> dict[str, float]:
    return {slider.id: slider.start for slider in inputs}


def read_question(text: Any) -> dict[str, Any]:
    """What the browser asks: a JSON object. Raises PlaygroundError."""
    if not isinstance(text, str) or len(text) > LONGEST:
        raise PlaygroundError("This question is too long to be one of this page's. Load the page again.")
    try:
        asked = from_json(text, LONGEST)
    except ValueError:
        raise PlaygroundError("This question cannot be read. Load the page again.") from None
    if not isinstance(asked, dict):
        raise PlaygroundError("This question should be a JSON object. Load the page again.")
    return asked


def read_values(inputs: Iterable[Slider], given: Any) -> dict[str, float]:
    """The values of some sliders; one that is not given is where it starts. Raises PlaygroundError."""
    if not isinstance(given, dict):
        raise PlaygroundError("The values should be a JSON object, a number by each name.")
    return {slider.id: slider.read(given.get(slider.id, slider.start)) for slider in inputs}


def read_choice(given: Any, known: Sequence[str], what: str) -> str:
    """One of some names; the first where none is given. Raises PlaygroundError."""
    if given is None:
        return known[0]
    if given not in known:
        raise PlaygroundError(f"There is no such {what}. There are: {', '.join(known)}.")
    return given


def in_unit(value: float, unit: str, one: str | None = None) -> str:
    """A slider's value as assets/panels/sliders.js writes it as well."""
    return f"{value:,} {one if one and value == 1 else unit}"


def share(part: float, whole: float) -> str:
    """A part of the longest bar, as CSS has it."""
    return f"{100 * part / whole if whole else 0:.2f}%"
