"""Records of models that are asked over the network: those of served.json, and the host's own servers. No torch.

A host names a server in the environment; LAB is a name of the host's choice::

    PLAYGROUND_SERVER_LAB_URL=http://127.0.0.1:30000/v1     the address, without /chat/completions
    PLAYGROUND_SERVER_LAB_MODEL=inclusionAI/LLaDA2.0-mini   the model's name there
    PLAYGROUND_SERVER_LAB_KIND=diffusion                    or ar, which it is where nothing is said
    PLAYGROUND_SERVER_LAB_KEY=...                           if the server wants a key

Its record is server-lab.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from pathlib import PureWindowsPath
from typing import Any
from urllib.parse import urlsplit

from playground.catalog.records import ModelRecord, Served
from playground.errors import PlaygroundError

KINDS = ("ar", "diffusion")
NAME = re.compile(r"PLAYGROUND_SERVER_([A-Z0-9_]+)_(URL|MODEL|KIND)")
TEMPLATE = "plain"  # the server puts the prompt into the model's own template
ENDPOINT = "/chat/completions"
KNOWS = "A model on a server: it replies to ordinary requests, and this machine does not know what it was trained on."


def served_of(key: str, data: Mapping[str, Any]) -> Served:
    """The ``served`` of a record in a file. Raises PlaygroundError."""
    known = {each.name for each in fields(Served)}
    if unknown := sorted(set(data) - known):
        raise PlaygroundError(f"The record {key!r} has a field {unknown[0]!r} in served that no record has.")
    given = dict(data)
    if given.get("temperatures"):
        low, high = given["temperatures"]
        given["temperatures"] = (float(low), float(high))
    return Served(**given)


def server_settings(environment: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """The variables that describe the host's servers, with their values; none is a key."""
    return tuple(sorted((name, value.strip()) for name, value in environment.items() if NAME.fullmatch(name)))


def server_records(settings: tuple[tuple[str, str], ...]) -> dict[str, ModelRecord]:
    """The records of the host's servers by key. Raises PlaygroundError with a sentence that names the variable."""
    values = dict(settings)
    names = sorted({match[1] for name in values if (match := NAME.fullmatch(name)) and match[2] == "URL"})
    return {record.key: record for record in (_server(name, values) for name in names)}


def _server(name: str, values: Mapping[str, str]) -> ModelRecord:
    variable = f"PLAYGROUND_SERVER_{name}"
    model, kind = values.get(f"{variable}_MODEL", ""), values.get(f"{variable}_KIND", "") or "ar"
    if not model:
        raise PlaygroundError(f"{variable}_URL names a server. Set {variable}_MODEL to the model's name there.")
    if kind not in KINDS:
        raise PlaygroundError(f"{variable}_KIND is {kind[:20]!r}. Set it to ar or diffusion.")
    diffusion = kind == "diffusion"
    return ModelRecord(
        key=f"server-{name.lower().replace('_', '-')}",
        kind="diffusion" if diffusion else "ar",
        title=PureWindowsPath(model).name[:60] or name,  # after the last slash of either kind
        partner="twin-ar" if diffusion else "twin-diffusion",
        template=TEMPLATE,
        attention="own" if diffusion else "causal",
        context=1 << 20,
        knows=KNOWS,
        family="models on servers",
        licence="its own",
        source="the environment of this page's host",
        served=Served(
            url=_address(f"{variable}_URL", values[f"{variable}_URL"]),
            model=model,
            key_variable=f"{variable}_KEY",
            shape="blocks" if diffusion else "text",
            temperatures=None if diffusion else (0.0, 2.0),
            seeded=not diffusion,
        ),
    )


def _address(variable: str, url: str) -> str:
    """A base address without a slash at its end. Raises PlaygroundError; the message does not repeat the address, which
    may hold a password."""
    try:
        parts = urlsplit(url)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        fits = False
    if not fits or parts.username or parts.password or parts.query or parts.fragment:
        raise PlaygroundError(
            f"{variable} must be an address such as http://127.0.0.1:30000/v1, without a name, a password or a query."
        )
    return url.rstrip("/").removesuffix(ENDPOINT)


def is_own_server(record: ModelRecord) -> bool:
    """Whether a record is that of a server of the host's own, which may need no key."""
    return record.served is not None and not record.served.maker


def retired(record: ModelRecord, today: date | None = None) -> str:
    """Why a served model cannot be raced any more, and what to race in its place; empty if it can be. Its last day is
    still a day on which it is served."""
    served = record.served
    if served is None or served.state == "live":
        return ""
    if served.state == "until" and (today or date.today()) <= date.fromisoformat(served.until):
        return ""
    when = f" since {served.until}" if served.state == "gone" and served.until else ""
    when = f" after {served.until}" if served.state == "until" else when
    instead = f" Race {served.successor} in its place." if served.successor else ""
    return f"{record.title} is not served any more{when}.{instead}"
