"""Which model a folder holds, and where the files of a record are. No torch."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from playground.catalog.catalog import catalog
from playground.catalog.config_json import BLOCKS, architectures, disagreements
from playground.catalog.layouts import STOCK, layout, layouts
from playground.catalog.records import ModelRecord
from playground.catalog.weights import tensor_names
from playground.errors import PlaygroundError

BLOCK_NAME = re.compile(r"-b(\d+)$", re.IGNORECASE)  # SDAR's names tell the positions of a block
CAUSAL = ("ForCausalLM", "LMHeadModel")  # end the name of a causal class of transformers; GPT-2's is an old one
TOWER = "vision_tower"  # in the names of a tower's tensors
FOLDERS = "NAME=FOLDER says which record a folder belongs to."


def records_of(folder: Path) -> list[ModelRecord]:
    """The published models whose config.json this folder may hold; the one whose repository has the folder's name
    alone, if there is one."""
    raw, names = config_of(folder), tensor_names(folder)
    known = [record for record in catalog().values() if record.repo]
    fitting = [record for record in known if not _differs(raw, record) and not of_another_tower(record, names)]
    fitting = _of_block(fitting, folder, raw)
    called = {name.casefold() for name in _names(folder)}
    named = [one for one in fitting if one.repo.rpartition("/")[2].casefold() in called]
    return named or fitting


def name_of(folder: Path) -> str:
    """The name of a folder: its own; of a commit in the hub's cache, whose folder is called by a hash, the
    repository's."""
    return _named(folder.resolve())


def _names(folder: Path) -> tuple[str, str]:
    """The names by which a folder may be known: its own, and that of a link to it."""
    return name_of(folder), _named(folder.absolute())


def _named(folder: Path) -> str:
    repository = folder.parent.parent.name
    in_cache = folder.parent.name == "snapshots" and repository.startswith("models--")
    return repository.rpartition("--")[2] if in_cache else folder.name


def of_another_tower(record: ModelRecord, names: Collection[str]) -> bool:
    """Whether a record has a tower for pictures and the tensors of a folder have none, or the other way round, in
    layouts whose config.json does not tell. names: of the tensors; empty if they are not known."""
    seeing = {kind for one in layouts().values() if one.sees for kind in one.model_types}
    mine = layout(record.layout)
    return bool(names) and not seeing.isdisjoint(mine.model_types) and mine.sees != any(TOWER in one for one in names)


def with_its_tower(folder: Path, record: ModelRecord, sizes: bool) -> ModelRecord | None:
    """The record that is like another but for the tower for pictures, if a folder holds it and not the other; else None.
    sizes: whether sizes must agree too."""
    raw, names = config_of(folder), tensor_names(folder)
    if not of_another_tower(record, names):
        return None
    others = (one for one in catalog().values() if one.repo == record.repo and not of_another_tower(one, names))
    return next((one for one in others if not _differs(raw, one, sizes)), None)


def _of_block(fitting: list[ModelRecord], folder: Path, raw: Mapping[str, Any]) -> list[ModelRecord]:
    """The records whose block is the N of a folder named ...-bN. Where neither its name nor config.json tells a block,
    those whose repository has no such name, if there are any."""
    if told := next(filter(None, map(BLOCK_NAME.search, _names(folder))), None):
        return [record for record in fitting if record.block in (None, int(told[1]))]
    plain = [] if any(name in raw for name in BLOCKS) else [one for one in fitting if not BLOCK_NAME.search(one.repo)]
    return plain or fitting


def config_of(folder: Path) -> Mapping[str, Any]:
    """The content of a folder's config.json; {} if it cannot be read."""
    try:
        raw = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return raw if isinstance(raw, dict) else {}


def causal_record(folder: Path) -> ModelRecord | None:
    """A record for any causal model of transformers, from its config.json; None if the folder holds no such model.

    Its class is the one that config.json names. Nothing can be compared, because no record is published for it.
    """
    raw = config_of(folder)
    named = next((one for one in architectures(raw) if str(one).endswith(CAUSAL)), None)
    if named is None or "auto_map" in raw:
        return None
    told = _tokenizer_config(folder)
    return ModelRecord(
        key=name_of(folder),
        kind="ar",
        title=name_of(folder),
        folder=str(folder.resolve()),
        template="folder" if told.get("chat_template") or (folder / "chat_template.jinja").exists() else "plain",
        context=_context(raw),
        layout=f"{STOCK}{named}",
        tokenizer_class=str(told.get("tokenizer_class") or "PreTrainedTokenizerFast"),
        knows="A causal model of your own, from a folder.",
        family="these models",
        own=True,
    )


def _differs(raw: Mapping[str, Any], record: ModelRecord, sizes: bool = True) -> bool:
    return next(disagreements(raw, record, sizes), None) is not None


def _context(raw: Mapping[str, Any]) -> int:
    told = raw.get("max_position_embeddings", raw.get("n_positions"))
    return told if isinstance(told, int) and told > 0 else 2048


def _tokenizer_config(folder: Path) -> Mapping[str, Any]:
    try:
        told = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def one_of(folder: Path, kind: str) -> ModelRecord | None:
    """The one published model of a kind that a folder holds; None if there is none. Raises PlaygroundError if several
    records fit."""
    found = [record for record in records_of(folder) if record.kind == kind]
    if len(found) > 1:
        raise PlaygroundError(
            f"The folder {name_of(folder)} may hold {', '.join(one.key for one in found)}. {FOLDERS} "
            f"For example {found[0].key}={folder.name}."
        )
    return found[0] if found else None
