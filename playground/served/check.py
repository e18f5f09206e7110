"""One real request to a served model, and where the reply differs from its record."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from playground.catalog.records import ModelRecord
from playground.request.race_request import RaceRequest
from playground.served.asking import ask_of
from playground.served.call import Call
from playground.served.clean import quoted
from playground.served.client import End
from playground.served.limits import LIMITS, Limits
from playground.served.trouble import Listener

DATE = re.compile(r"-\d{4}-?\d{2}-?\d{2}$")  # OpenAI calls gpt-4o-mini by the date of the version that answered
ASKED = RaceRequest("Write one sentence about the sea.", length=64, temperature=0.7)


@dataclass
class Found:
    """What one request showed."""

    facts: list[str] = field(default_factory=list)  # sentences
    differences: list[str] = field(default_factory=list)  # sentences on what the record says otherwise


def check(record: ModelRecord, key: str, limits: Limits = LIMITS) -> Found:
    """Ask a served model once. Raises ServedError if it gives no whole reply; the message may quote the server."""
    call = Call(ask_of(record, ASKED), Listener(record, quotes=True), limits)
    call.begin(key)
    came = list(call.arrivals())
    end = came[-1]
    if not isinstance(end, End):
        raise ValueError("A call that nobody stopped ends with an End.")
    first = next((one.t_ms for one in came if not isinstance(one, End) and one.piece), end.t_ms)
    return Found(list(_facts(end, first, key)), list(_differences(record, end, key)))


def _facts(end: End, first: float, key: str) -> Iterator[str]:
    reader, name = end.reader, quoted(end.reader.model, key)
    unit = "snapshots" if reader.snapshots else "chunks"
    yield f"It answered: {len(reader.text)} characters in {reader.snapshots or reader.appended} {unit}."
    yield f"First text after {first:.0f} ms, the end after {end.t_ms:.0f} ms; before, {end.connect_ms:.0f} ms to connect."
    yield f"It calls itself {name!r}." if name else "It does not name itself."
    yield f"It finished with {reader.finish!r}." if reader.finish else "It gave no reason for its end."
    counts = ", ".join(f"{name} {number}" for name, number in (reader.usage or {}).items())
    yield f"Its usage: {counts}." if counts else "It sent no usage, so its tokens are unknown."
    if reader.at_once:
        yield "All text came at once: something holds the stream back, or the reply was one block."
    if reader.thought:
        yield "It was thinking before its text."


def _differences(record: ModelRecord, end: End, key: str) -> Iterator[str]:
    served, reader, name = record.served, end.reader, quoted(end.reader.model, key)
    if served is None:
        return
    for field_name in end.left_out:
        yield f"It refuses the field {field_name!r}, which the record sends."
    if served.shape == "snapshots" and not reader.snapshots:
        yield "The record says snapshots, and it sent text that is added at the end."
    if served.shape != "snapshots" and reader.snapshots:
        yield "It sent snapshots, and the record says text that is added at the end."
    if name and not _same(name, served.model):
        yield f"The record calls it {served.model!r}, and it calls itself {name!r}."
    if not reader.usage:
        yield "The request asks for usage, and none came."


def _same(one: str, other: str) -> bool:
    """Whether two names are of one model: a server may add an owner before a name, and a date after it."""
    one, other = DATE.sub("", one), DATE.sub("", other)
    return one.endswith(other) or other.endswith(one)
