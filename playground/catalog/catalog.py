"""The catalog: the records of all models, from models.json, served.json, the host's own file and its servers. No torch.

A record in the file may be ``like`` another: it then has that record's fields, except those that it names itself.
``null`` takes a field away; of ``served`` it takes over the fields that it does not name. The host's file has the same form and is named by PLAYGROUND_CATALOG; its folders may be
absolute.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

from playground.catalog.records import TWINS, ModelRecord
from playground.catalog.servers import KNOWS as SERVED_KNOWS
from playground.catalog.servers import TEMPLATE, served_of, server_records, server_settings
from playground.errors import PlaygroundError

FILE = Path(__file__).with_name("models.json")
SERVED = Path(__file__).with_name("served.json")  # models that are asked over the network
VARIABLE = "PLAYGROUND_CATALOG"  # names the host's own file
REQUIRED = ("kind", "title", "layout", "attention", "template", "licence", "source", "checked")
OVER_NETWORK = ("layout", "template")  # of these fields, those that a served model has not
TUPLES = ("ends", "examples")
KNOWS = "A model of {parameters} parameters, trained on text of all kinds; it replies to ordinary requests."
EXAMPLES = (
    "Explain in three sentences why the sky is blue.",
    "Write a short poem about the first snow of the year.",
    "Write a Python function that says whether a number is prime.",
    "I have 3 apples, eat one and buy 4 more. How many do I have?",
    "Translate into French: Where is the next train station?",
)
BASE = "plain"  # the template of a model that was not trained to reply
KNOWS_BASE = "A base model of {parameters} parameters: it goes on with a text, and was not trained to reply."
EXAMPLES_BASE = (
    "The sky is blue because",
    "Once upon a time, in a village by the sea,",
    "def is_prime(n):",
    "The capital of France is",
    "To boil an egg, first",
)


def catalog() -> Mapping[str, ModelRecord]:
    """Every record by its key: the twins, the published and the served models, and the host's own. Raises
    PlaygroundError if the host's file or the description of its servers cannot be read."""
    return _catalog(os.environ.get(VARIABLE, ""), server_settings(os.environ))


def shipped() -> Mapping[str, ModelRecord]:
    """The records that ship, whatever the environment says."""
    return _catalog("", ())


@cache
def _catalog(own: str, servers: tuple[tuple[str, str], ...]) -> Mapping[str, ModelRecord]:
    data = {**_read(FILE), **_read(SERVED)}
    if own:
        data = {**data, **_read(Path(own))}
    records = {record.key: record for record in TWINS}
    return records | {key: _record(key, data) for key in data} | server_records(servers)


def find(name: str) -> ModelRecord:
    """The record with this key, or of the repository with this name. Raises PlaygroundError.

    name: any case; of a repository, with or without its owner.
    """
    wanted = name.strip().casefold()
    for record in catalog().values():
        repo = record.repo.casefold()
        if wanted in {record.key.casefold(), repo, repo.rpartition("/")[2]} - {""}:
            return record
    raise PlaygroundError(
        f"There is no model {name[:60]!r} in the catalog. `python -m playground models` lists what there is."
    )


def _read(path: Path) -> dict[str, Any]:
    """The records of a file. Raises PlaygroundError with a sentence that names the file and not its folder."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise PlaygroundError(
            f"The catalog {path.name} cannot be read ({type(error).__name__}). Correct it, or take {VARIABLE} away."
        ) from None
    if not isinstance(data, dict) or not all(isinstance(one, dict) for one in data.values()):
        raise PlaygroundError(f"The catalog {path.name} must be a JSON object of records, one object per key.")
    return data


def _whole(key: str, data: Mapping[str, Any], seen: tuple[str, ...] = ()) -> dict[str, Any]:
    """The fields of a record together with those of the record that it is like."""
    if key not in data or key in seen:
        raise PlaygroundError(f"The record {(seen or (key,))[0]!r} is like {key!r}, which is not a record before it.")
    own = dict(data[key])
    like = own.pop("like", None)
    if not like:
        return own
    other = _whole(str(like), data, (*seen, key))
    if own.get("served") and other.get("served"):
        own["served"] = {**other["served"], **own["served"]}
    return {**other, **own}


def _record(key: str, data: Mapping[str, Any]) -> ModelRecord:
    known = {each.name for each in fields(ModelRecord)}
    given = {name: value for name, value in _whole(key, data).items() if value is not None}
    if unknown := sorted(set(given) - known):
        raise PlaygroundError(f"The record {key!r} has a field {unknown[0]!r} that no record has.")
    served = "served" in given
    if missing := [name for name in REQUIRED if name not in given and not (served and name in OVER_NETWORK)]:
        raise PlaygroundError(f"The record {key!r} lacks the field {missing[0]!r}.")
    given |= {name: tuple(given[name]) for name in TUPLES if name in given}
    if isinstance(given.get("mask"), list):
        given["mask"] = tuple(given["mask"])
    if served:
        given |= {"served": served_of(key, given["served"]), "template": TEMPLATE}
        given.setdefault("knows", SERVED_KNOWS)
    given.setdefault("family", "models of this size")
    base = given["template"] == BASE
    size = size_in_words(given.get("parameters", 0))
    given.setdefault("knows", (KNOWS_BASE if base else KNOWS).format(parameters=size))
    given.setdefault("examples", EXAMPLES_BASE if base else EXAMPLES)
    return ModelRecord(**{**given, "key": key})


def size_in_words(parameters: int) -> str:
    """A number of parameters for a reader: 8.0B, 596M."""
    return f"{parameters / 1e9:.1f}B" if parameters >= 1e9 else f"{parameters / 1e6:.0f}M"
