"""Twins of one's own in place of the shipped ones: folders as ``python -m playground.training publish`` writes them."""

from __future__ import annotations

import argparse
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playground.catalog.records import AR_TWIN, DIFFUSION_TWIN, TWINS, ModelRecord
from playground.errors import PlaygroundError

if TYPE_CHECKING:
    from playground.engine.twins import Twins

KINDS = {"diffusion": "diffusion", "ar": "autoregressive"}  # flag -> in words
RESTORE = (
    "Give --diffusion a folder with a diffusion twin and --ar one with an autoregressive twin, as "
    "`python -m playground.training publish` writes them."
)
EXAMPLES = 5
SAMPLE = re.compile(
    r"^\*\*\d+\.\*\* User: ((?:(?!User: |Assistant: ).)+)$", re.MULTILINE
)  # an opening of one turn, in a model card
LONGEST = 300  # characters of what a folder tells of itself


def folder_options(command: argparse.ArgumentParser) -> None:
    """The two arguments, for every command that loads twins."""
    for kind, words in KINDS.items():
        command.add_argument(
            f"--{kind}",
            metavar="FOLDER",
            type=Path,
            help=f"an {words} twin of your own" if kind == "ar" else f"a {words} twin of your own",
        )


def load_chosen(options: argparse.Namespace) -> Twins:
    """The twins that the arguments name, the shipped ones where they name none. Raises PlaygroundError."""
    from playground.engine import twins

    folders = {kind: getattr(options, kind) for kind in KINDS if getattr(options, kind, None) is not None}
    return (
        twins.load_twins(options.device, records=own_records(folders)) if folders else twins.load_twins(options.device)
    )


def own_records(folders: dict[str, Path]) -> tuple[ModelRecord, ModelRecord]:
    """Both twins, the diffusion one first, given folders by kind; the shipped twin stands in for a kind that is not given. Raises
    PlaygroundError for a folder that cannot be one of a twin of its kind."""
    told = {kind: _told(kind, folder) for kind, folder in folders.items()}
    shipped = None if len(told) == len(KINDS) else DIFFUSION_TWIN.context
    context = min(filter(None, (*map(_longest_window, told.values()), shipped)), default=None)
    whose = (
        "These twins are your own"
        if len(told) == len(KINDS)
        else f"The {KINDS[next(iter(told))]} twin is your own, the other the shipped one"
    )
    keys = {
        record.kind: folders[record.kind].resolve().name if record.kind in folders else record.key for record in TWINS
    }
    if keys["diffusion"] == keys["ar"]:  # a trace tells them apart by key
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
    """training.json of a folder, {} where there is none that can be read."""
    name = folder.resolve().name
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
    """Tokens of the longest windows that a twin was trained on; None where its folder does not tell."""
    earlier = told.get("earlier")
    runs = [told, *(earlier if isinstance(earlier, list) else [])]
    settings = [run.get("settings") for run in runs if isinstance(run, dict)]
    lengths = [each.get("lengths") for each in settings if isinstance(each, dict)]
    return max(
        (n for each in lengths if isinstance(each, list) for n in each if isinstance(n, int) and n > 0), default=None
    )


def _trained_on(told: dict[str, dict[str, Any]]) -> str:
    """Of what kinds of text, as the folders say."""
    found: dict[str, None] = {}
    for each in told.values():
        corpus = each.get("corpus")
        parts = corpus.get("parts") if isinstance(corpus, dict) else None
        for part in parts if isinstance(parts, list) else []:
            if isinstance(part, dict) and isinstance(part.get("what"), str):
                found[part["what"]] = None
    return f", trained on {'; '.join(found)}"[:LONGEST] if found else ""


def _examples(folders: dict[str, Path]) -> tuple[str, ...]:
    """Openings off the folders' model cards, which nobody chose."""
    found: dict[str, None] = {}
    for folder in folders.values():
        try:
            card = (folder / "README.md").read_text(encoding="utf-8")
        except (OSError, ValueError):
            continue
        found |= dict.fromkeys(match[1].strip() for match in SAMPLE.finditer(card) if len(match[1]) <= LONGEST)
    return tuple(found)[:EXAMPLES]


def check_pair(diffusion: Any, ar: Any) -> None:
    """Two loaded checkpoints write in the same tokens. Raises PlaygroundError."""
    for twin in (diffusion, ar):
        if len(twin.tokenizer) > twin.model.config.vocab_size:
            raise PlaygroundError(f"The tokenizer of {twin.name} has tokens that its model does not know. {RESTORE}")
    if _tokens(diffusion.tokenizer) != _tokens(ar.tokenizer):
        raise PlaygroundError(
            "The two twins have different tokenizers, so they cannot race over the same tokens. Train both from one folder that "
            "`python -m playground.training prepare` wrote, and give both."
        )


def _tokens(tokenizer: Any) -> Any:
    """What decides how a text becomes ids."""
    data = json.loads(tokenizer.backend_tokenizer.to_str())
    return [data.get(part) for part in ("added_tokens", "normalizer", "pre_tokenizer", "model")]
