"""The sliders and choices of the panels that calculate: their bounds and initial values from assets/calculator.json,
and the checks of the values from the browser.

A panel is a form of native inputs (templates/panels/inputs.html); assets/panels/sliders.js shows their values and sends
them. Only this file reads those values, so every invalid value gets a sentence as its answer.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from playground.errors import PlaygroundError
from playground.request.json_text import from_json
from playground.web.constants import ASSETS

LONGEST = 4000  # characters of a request; less than the 4300 digits from which Python refuses to read an integer


@dataclass(frozen=True)
class Slider:
    """A number with bounds, both included."""

    id: str
    label: str
    unit: str  # plural
    least: float
    most: float
    step: float
    start: float  # the initial value
    one: str | None = None  # the unit in the singular; None if it is the same
    claim: str | None = None  # id of the deck's claim from which ``start`` comes

    @property
    def whole(self) -> bool:
        return isinstance(self.step, int) and isinstance(self.least, int)

    @property
    def start_in_words(self) -> str:
        return in_unit(self.start, self.unit, self.one)

    def read(self, value: Any) -> float:
        """Check a value from the browser. Raises PlaygroundError with a sentence."""
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise PlaygroundError(f"{self.label} needs a number.")
        if not self.least <= value <= self.most:  # also refuses NaN
            raise PlaygroundError(f"{self.label} must be from {self.least:,} to {self.most:,} {self.unit}.")
        if self.whole and value != int(value):
            raise PlaygroundError(f"{self.label} must be a whole number of {self.unit}.")
        return int(value) if self.whole else float(value)


def data() -> dict[str, Any]:
    """The content of assets/calculator.json."""
    return json.loads((ASSETS / "calculator.json").read_text(encoding="utf-8"))


def sliders(rows: Iterable[Mapping[str, Any]]) -> tuple[Slider, ...]:
    return tuple(Slider(**row) for row in rows)


def starts(inputs: Iterable[Slider]) -> dict[str, float]:
    return {slider.id: slider.start for slider in inputs}


def read_question(text: Any) -> dict[str, Any]:
    """A request from the browser: the object of a JSON text. Raises PlaygroundError."""
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
    """The values of the sliders, by id; a slider without a value keeps its initial one. Raises PlaygroundError."""
    if not isinstance(given, dict):
        raise PlaygroundError("The values should be a JSON object, a number by each name.")
    return {slider.id: slider.read(given.get(slider.id, slider.start)) for slider in inputs}


def read_choice(given: Any, known: Sequence[str], what: str) -> str:
    """One of the ``known`` names; the first if ``given`` is None. Raises PlaygroundError. what: the kind of name, for
    errors."""
    if given is None:
        return known[0]
    if given not in known:
        raise PlaygroundError(f"There is no such {what}. There are: {', '.join(known)}.")
    return given


def in_unit(value: float, unit: str, one: str | None = None) -> str:
    """A slider's value with its unit, written as in assets/panels/sliders.js."""
    return f"{value:,} {one if one and value == 1 else unit}"


def share(part: float, whole: float) -> str:
    """The length of a bar as a CSS percentage. whole: the value of the longest bar."""
    return f"{100 * part / whole if whole else 0:.2f}%"
