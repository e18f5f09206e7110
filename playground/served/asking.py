"""The body of a request to a served model, and which settings of a race it cannot keep."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from playground.catalog.records import ModelRecord, Served
from playground.request.race_request import RaceRequest
from playground.request.settings_table import SETTINGS
from playground.text.templates import turns

LIMITS = ("max_tokens", "max_completion_tokens")  # fields that limit the output; a server may know only one of them
NEEDED = {"model", "messages", "stream"}  # fields that no request can leave out
NEVER = (
    "seed",
    "temperature",
    "same_length",
    "steps",
    "commit",
)  # named even at their defaults, which local lanes keep
ELSEWHERE = ("prompt", "length", "resume", "versus", "lanes", "share", "places", "ending")  # kept, or refused before


@dataclass(frozen=True)
class Ask:
    """One request, without its key."""

    url: str
    body: Mapping[str, Any]  # as JSON

    def without(self, complaint: str) -> tuple[Ask, str] | None:
        """The request without the field that a server's complaint names, and the field's name; None if it names
        none that can be left out. A limit of the output is given under its other name."""
        named = [name for name in self.body if name not in NEEDED and re.search(rf"\b{re.escape(name)}\b", complaint)]
        if not named:
            return None
        body = dict(self.body)
        value = body.pop(named[0])
        if named[0] in LIMITS:
            body[LIMITS[1 - LIMITS.index(named[0])]] = value
        return replace(self, body=body), named[0]


def ask_of(record: ModelRecord, request: RaceRequest) -> Ask:
    """The request for a lane. Raises ValueError for a record that is not served."""
    served = _served(record)
    body: dict[str, Any] = {
        "model": served.model,
        "messages": messages(request.prompt),
        "stream": True,
        served.limit: request.length,
        "stream_options": {"include_usage": True},
    }
    if _takes_temperature(served, request.temperature):
        body["temperature"] = request.temperature
    if served.seeded:
        body["seed"] = request.seed
    return Ask(f"{served.url}/chat/completions", body | dict(served.extra))


def messages(prompt: str) -> list[dict[str, str]]:
    """A prompt as turns of a chat: a dialogue whose last turn is the user's keeps its turns, any other text is one."""
    spoken = turns(prompt)
    if len(spoken) % 2 == 0:
        spoken = [prompt.strip()]
    return [{"role": "user" if at % 2 == 0 else "assistant", "content": words} for at, words in enumerate(spoken)]


def ignored(record: ModelRecord, request: RaceRequest, ask: Ask) -> list[str]:
    """The settings of a request that a served model does not keep, in words: seed 0, temperature 0."""
    names = [
        name
        for name, setting in SETTINGS.items()
        if record.kind in setting.lanes and name not in ELSEWHERE and name not in ask.body
    ]
    changed = [name for name in names if name in NEVER or getattr(request, name) != SETTINGS[name].default]
    return [_in_words(name, getattr(request, name)) for name in changed if getattr(request, name) is not False]


def _in_words(name: str, value: Any) -> str:
    label = (SETTINGS[name].label or name).lower()
    return label if value is True else f"{label} {value:g}" if isinstance(value, float) else f"{label} {value}"


def dropped(request: RaceRequest, field: str) -> list[str]:
    """A field that a server refused and that was left out, as in ``ignored``; [] if a lane does not miss it."""
    if field in LIMITS or field == "stream_options":
        return []
    return [_in_words(field, getattr(request, field))] if field in SETTINGS else [field]


def destination(record: ModelRecord) -> str:
    """Where the prompt goes, in a sentence. The address of a host's own server is nobody's business."""
    served = _served(record)
    host = urlsplit(served.url).hostname if served.maker else "a server of this page's host"
    return f"The prompt is sent to {host}."


def _takes_temperature(served: Served, temperature: float) -> bool:
    return served.temperatures is not None and served.temperatures[0] <= temperature <= served.temperatures[1]


def _served(record: ModelRecord) -> Served:
    if record.served is None:
        raise ValueError(f"{record.key} is not served.")
    return record.served
