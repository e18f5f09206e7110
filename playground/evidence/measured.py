"""Records of measurements on one machine: the figures that the story quotes, and the rows that its charts draw.

``python -m playground.bench story`` measures the machine on which it runs and writes ``runs/measured.json``. A record
of the machine on which the project was developed ships as ``assets/measured.json``. The file is one JSON object::

    version                        of this format
    device, date, commit, command  on what, when, at which commit and by which command the figures were measured
    libraries    versions by name
    checkpoints  hashes of the twins' weights by name
    values       {name: {value, unit, label}}, for the prose
    scaling      rows by length of the canvas, with fitted exponents (bench/scaling.py)
    prediction   rows of predicted and measured times (bench/prediction.py)
    race         both lanes of one race (bench/racing.py)
    sweep        speed and quality of every plan (bench/story.py)

This module reads and formats figures. It contains none and does not measure. No torch.
"""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from playground.evidence.claims import DATE
from playground.files import ROOT

log = logging.getLogger(__name__)

SHIPPED = ROOT / "assets" / "measured.json"
OWN = ROOT / "runs" / "measured.json"  # measured on this machine; git-ignored
VERSION = 1
FIELDS = {"version": int, "device": str, "date": str, "commit": str, "command": str}
ROWS = {"scaling": "rows", "prediction": "rows", "sweep": "points"}  # by part, the list that a chart draws
PARTS = ("libraries", "checkpoints", "values", "scaling", "prediction", "race", "sweep")
UNITS = {  # by unit, the text after the number
    "share": "%",
    "exponent": "",
    "factor": "×",
    "ratio": "",
    "ms": " ms",
    "s": " s",
    "tok/s": " tok/s",
    "passes": " passes",
    "tokens": " tokens",
    "positions": " positions",
    "perplexity": "",
    "nats": " nats",
}
COUNTED = ("passes", "tokens", "positions")  # units of whole numbers, which have a singular
LONG_S = ((3600 * 2, 3600, "hours"), (60 * 5, 60, "minutes"))  # (from how many seconds on, seconds of the unit, unit)


class MeasuredError(ValueError):
    """A record of measurements cannot be used. ``str(error)`` lists the errors, one sentence per line."""


@dataclass(frozen=True)
class Value:
    """One measured figure."""

    name: str
    value: float  # a share is 1 for all
    unit: str  # a key of UNITS
    label: str  # what was measured, for a reader

    @property
    def text(self) -> str:
        """The figure with its unit: "1.04", "19%", "8.3 s", "640 tok/s", "16 passes", "0.82×"."""
        return in_words(self.value, self.unit)


@dataclass(frozen=True)
class Measured:
    """One record of measurements. The module's docstring describes its parts."""

    device: str
    date: str
    commit: str  # empty if measured outside a checkout
    command: str
    libraries: Mapping[str, str]
    checkpoints: Mapping[str, str]
    values: Mapping[str, Value]
    scaling: Mapping[str, Any]
    prediction: Mapping[str, Any]
    race: Mapping[str, Any]
    sweep: Mapping[str, Any]
    own: bool = False  # measured on this machine, not shipped
    foreign: bool = False  # measured with other weights than those in use

    def value(self, name: str) -> Value:
        """A figure by its name. Raises KeyError with a sentence."""
        if name not in self.values:
            raise KeyError(f"No figure called {name} was measured. There are: {', '.join(self.values)}.")
        return self.values[name]

    def text(self, name: str) -> str:
        """A figure with its unit. Raises KeyError with a sentence."""
        return self.value(name).text

    @property
    def where(self) -> str:
        """Machine, day and commit, for the line under a chart: "2 CPU cores, 2026-11-24, commit 30d566c"."""
        whose = "with the twins that ship, not those loaded here" if self.foreign else ""
        return ", ".join(
            filter(None, (self.device, self.date[:10], self.commit and f"commit {short(self.commit)}", whose))
        )


def short(commit: str) -> str:
    """A commit in seven digits, with the suffix of its hash, if any: "1d17eba-edited"."""
    digits, dash, more = commit.partition("-")
    return digits[:7] + dash + more


def in_words(value: float, unit: str) -> str:
    """A number with its unit, rounded to about two digits. Times of five minutes or more are given in minutes or
    hours."""
    if unit == "share":
        return f"{_digits(100 * value, 1 if abs(value) < 0.01 else 0)}%"
    if unit in COUNTED:
        return f"{value:,.0f} {unit.removesuffix('es' if unit == 'passes' else 's') if value == 1 else unit}"
    if unit == "s":
        for start, seconds, name in LONG_S:
            if value >= start:
                return f"{_significant(value / seconds)} {name}"
    number = (
        f"{value:.2f}" if unit in ("exponent", "ratio", "factor", "nats") and abs(value) < 10 else _significant(value)
    )
    return number + UNITS[unit]


def _significant(value: float) -> str:
    """About two digits: 0.85, 8.3, 56, 1,043."""
    return _digits(value, 0 if abs(value) >= 9.95 else 1 if abs(value) >= 0.995 else 2)


def _digits(value: float, after: int) -> str:
    return f"{value:,.{after}f}"


def load_measured(
    device: str | None = None, weights: Collection[str] = (), own: Path = OWN, shipped: Path = SHIPPED
) -> Measured:
    """This machine's record if it can be used, else the shipped one.

    device: name of the device in use (``device.describe_device``); None accepts a record of any device.
    weights: hashes of the weights in use; empty accepts a record of any weights.
    own, shipped: the two files.

    A record of another device or other weights is ignored with a line in the log, and a broken record with a warning.
    Raises MeasuredError if the shipped record is broken.
    """
    try:
        found = read(own, own=True) if own.exists() else None
    except MeasuredError as error:
        log.warning("%s So the shipped measurements are used; `make bench ARGS=story` measures again.", error)
        found = None
    if found is None:
        return shipped_record(shipped, weights)
    if device not in (None, found.device):
        log.info("%s is of %s, and this is %s, so it is left aside.", own, found.device, device)
        return shipped_record(shipped, weights)
    if weights and set(weights) != set(found.checkpoints.values()):
        log.info(
            "%s is of other weights than those here, so it is left aside; `make bench ARGS=story` measures again.", own
        )
        return shipped_record(shipped, weights)
    return found


def shipped_record(path: Path, weights: Collection[str]) -> Measured:
    """The shipped record, with ``foreign`` set if it was measured with other weights. weights: hashes of those in
    use."""
    found = read(path)
    return replace(found, foreign=bool(weights) and set(weights) != set(found.checkpoints.values()))


def read(path: Path, own: bool = False) -> Measured:
    """Read one record. Raises MeasuredError that lists every error in it, one sentence per line."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise MeasuredError(f"The measurements in {path} cannot be read: {error}.") from None
    if found := list(faults(data)):
        raise MeasuredError(f"The measurements in {path} cannot be used.\n" + "\n".join(found))
    values = {name: Value(name, **row) for name, row in data["values"].items()}
    head = {name: data[name] for name in FIELDS if name != "version"}
    return Measured(**head, **{**{part: data[part] for part in PARTS}, "values": values}, own=own)


def faults(data: Any) -> Iterator[str]:
    """The errors in a record's content, one sentence each. data: its JSON."""
    if not isinstance(data, dict):
        yield "The file holds no JSON object."
        return
    for name, kind in FIELDS.items():
        if not isinstance(data.get(name), kind):
            yield f"The file has no “{name}”." if name not in data else f"“{name}” should be {kind.__name__}."
    yield from (f"The file has no “{part}”." for part in PARTS if not isinstance(data.get(part), dict))
    for part, rows in ROWS.items():
        if isinstance(data.get(part), dict) and not isinstance(data[part].get(rows), list):
            yield f"“{part}” has no “{rows}”."
    if data.get("version", VERSION) != VERSION:
        yield f"The file is of version {data['version']}; this reads version {VERSION}."
    if isinstance(data.get("date"), str) and not DATE.fullmatch(data["date"][:10]):
        yield f"“date” is no day (2026-11-24): {data['date']}."
    if isinstance(data.get("values"), dict):
        for name, row in data["values"].items():
            yield from _of_value(name, row)


def _of_value(name: str, row: Any) -> Iterator[str]:
    if not isinstance(row, dict) or set(row) != {"value", "unit", "label"}:
        yield f"The figure {name} needs a value, a unit and a label, and nothing else."
        return
    if isinstance(row["value"], bool) or not isinstance(row["value"], (int, float)) or not math.isfinite(row["value"]):
        yield f"The figure {name} has no finite number for a value: {row['value']}."
    if row["unit"] not in UNITS:
        yield f"The figure {name} has the unit {row['unit']}; there are: {', '.join(UNITS)}."
    if not str(row["label"]).strip():
        yield f"The figure {name} has no label."
