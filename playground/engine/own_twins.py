"""The user's own twins in place of the shipped ones, from folders that ``python -m playground.training publish``
wrote."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from playground.catalog.identify import name_of
from playground.catalog.records import AR_TWIN, DIFFUSION_TWIN, TWINS, ModelRecord
from playground.errors import PlaygroundError

KINDS = {"diffusion": "diffusion", "ar": "autoregressive"}  # flag -> its kind in words
RESTORE = (
    "Give --diffusion a folder with a diffusion twin and --ar one with an autoregressive twin, as "
    "`python -m playground.training publish` writes them."
)
EXAMPLES = 5
SAMPLE = re.compile(
    r"^\*\*\d+\.\*\* User: ((?:(?!User: |Assistant: ).)+)$", re.MULTILINE
)  # the prompt of a one-turn sample in a model card
LONGEST = 300  # characters that are read of a folder's description or example


def own_records(folders: dict[str, Path]) -> tuple[ModelRecord, ModelRecord]:
    """The records of both twins, the diffusion twin first. Raises PlaygroundError for a folder that does not hold a
    twin of its kind. folders: by kind; a kind without a folder gets the shipped twin."""
    told = {kind: _told(kind, folder) for kind, folder in folders.items()}
    shipped = None if len(told) == len(KINDS) else DIFFUSION_TWIN.context
    context = min(filter(None, (*map(_longest_window, told.values()), shipped)), default=None)
    whose = (
        "These twins are your own"
        if len(told) == len(KINDS)
        else f"The {KINDS[next(iter(told))]} twin is your own, the other the shipped one"
    )
    keys = {record.kind: name_of(folders[record.kind]) if record.kind in folders else record.key for record in TWINS}
    if keys["diffusion"] == keys["ar"]:  # a trace identifies a model by its key
        keys = {kind: f"{key} ({kind})" for kind, key in keys.items()}

    def record(shipped: ModelRecord, partner: ModelRecord) -> ModelRecord:
        own = shipped.kind in folders
        return replace(
            shipped,
            key=keys[shipped.kind],
            partner=keys[partner.kind],
            folder=str(folders[shipped.kind].resolve()) if own else shipped.folder,
            own=own,
            context=context or shipped.context,
            knows=f"{whose}{_trained_on(told)}.",
            examples=_examples(folders) or ("Once upon a time",),
        )

    return record(DIFFUSION_TWIN, AR_TWIN), record(AR_TWIN, DIFFUSION_TWIN)


def _told(kind: str, folder: Path) -> dict[str, Any]:
    """The content of a folder's training.json; {} if it is missing or unreadable. Raises PlaygroundError if the folder
    is missing or holds a twin of the other kind."""
    name = name_of(folder)
    if not folder.is_dir():
        raise PlaygroundError(f"There is no folder {name} for --{kind}. {RESTORE}")
    try:
        told = json.loads((folder / "training.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    told = told if isinstance(told, dict) else {}
    objective = told.get("objective")
    if isinstance(objective, str) and objective in KINDS and objective != kind:
        raise PlaygroundError(
            f"The folder {name} for --{kind} holds an {KINDS['ar']} twin."
            if objective == "ar"
            else f"The folder {name} for --{kind} holds a {KINDS['diffusion']} twin."
        )
    return told


def _longest_window(told: dict[str, Any]) -> int | None:
    """The length in tokens of the longest training windows of a twin; None if its training.json does not state it."""
    earlier = told.get("earlier")
    runs = [told, *(earlier if isinstance(earlier, list) else [])]
    settings = [run.get("settings") for run in runs if isinstance(run, dict)]
    lengths = [each.get("lengths") for each in settings if isinstance(each, dict)]
    return max(
        (n for each in lengths if isinstance(each, list) for n in each if isinstance(n, int) and n > 0), default=None
    )


def _trained_on(told: dict[str, dict[str, Any]]) -> str:
    """The training text of the twins in words, from their training.json; empty if none states it."""
    found: dict[str, None] = {}
    for each in told.values():
        corpus = each.get("corpus")
        parts = corpus.get("parts") if isinstance(corpus, dict) else None
        for part in parts if isinstance(parts, list) else []:
            if isinstance(part, dict) and isinstance(part.get("what"), str):
                found[part["what"]] = None
    return f", trained on {'; '.join(found)}"[:LONGEST] if found else ""


def _examples(folders: dict[str, Path]) -> tuple[str, ...]:
    """Example prompts from the samples in the folders' model cards, which are not cherry-picked. At most EXAMPLES."""
    found: dict[str, None] = {}
    for folder in folders.values():
        try:
            card = (folder / "README.md").read_text(encoding="utf-8")
        except (OSError, ValueError):
            continue
        found |= dict.fromkeys(match[1].strip() for match in SAMPLE.finditer(card) if len(match[1]) <= LONGEST)
    return tuple(found)[:EXAMPLES]


def check_pair(diffusion: Any, ar: Any) -> None:
    """Check that two loaded checkpoints share a tokenizer that fits both models. Raises PlaygroundError."""
    for twin in (diffusion, ar):
        if len(twin.tokenizer) > twin.model.config.vocab_size:
            raise PlaygroundError(f"The tokenizer of {twin.name} has tokens that its model does not know. {RESTORE}")
    if _tokens(diffusion.tokenizer) != _tokens(ar.tokenizer):
        raise PlaygroundError(
            "The two twins have different tokenizers, so they cannot race over the same tokens. Train both from one folder that "
            "`python -m playground.training prepare` wrote, and give both."
        )


def _tokens(tokenizer: Any) -> Any:
    """The parts of a tokenizer that decide the ids of a text."""
    data = json.loads(tokenizer.backend_tokenizer.to_str())
    return [data.get(part) for part in ("added_tokens", "normalizer", "pre_tokenizer", "model")]
