"""The models that a command line or an environment chooses: ``--diffusion``, ``--ar`` and PLAYGROUND_MODELS.
A model of the hub that is not on this machine yet is downloaded first, if the program may use the network.

A model is named by its record (``llada-8b-instruct``), by a folder, or by both (``llada-8b-instruct=FOLDER``). A folder
without a record is a twin of the user's own, or for ``--ar`` any causal model of transformers.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from playground.catalog.catalog import catalog, find
from playground.catalog.identify import causal_record, config_of, name_of, one_of
from playground.catalog.records import TWINS, Kind, ModelRecord
from playground.catalog.servers import retired
from playground.engine.own_twins import KINDS, own_records
from playground.errors import PlaygroundError

if TYPE_CHECKING:
    from playground.download.hub import Hub
    from playground.engine.twins import Twins

REPORT_S = 10.0  # between two lines on a download
VARIABLE = "PLAYGROUND_MODELS"  # models that are loaded at the start, separated by commas


def model_options(command: argparse.ArgumentParser) -> None:
    """Add the two options that name models."""
    for kind, words in KINDS.items():
        command.add_argument(
            f"--{kind}",
            metavar="NAME|FOLDER",
            help=f"the {words} model: its name in `python -m playground models`, a folder, or NAME=FOLDER "
            f"(default: the {words} twin)",
        )


def load_chosen(options: argparse.Namespace) -> Twins:
    """Load the twins and the chosen models. Raises PlaygroundError."""
    from playground.download.downloads import Downloads
    from playground.download.hub import Hub
    from playground.engine.twins import Cast, load_twins

    texts: Mapping[Kind, str] = {
        "diffusion": str(getattr(options, "diffusion", None) or ""),
        "ar": str(getattr(options, "ar", None) or ""),
    }
    twins: dict[str, Path] = {kind: Path(text) for kind, text in texts.items() if text and _is_twin(kind, text)}
    named = {kind: chosen(text, kind) for kind, text in texts.items() if text and kind not in twins}
    records = own_records(twins) if twins else TWINS
    allowed = bool(getattr(options, "allow_downloads", False))
    more = tuple(chosen(text.strip()) for text in os.environ.get(VARIABLE, "").split(",") if text.strip())
    hub = Hub()
    for record in {record.key: record for record in (*more, *named.values())}.values():
        if record.repo and not record.folder and hub.folder(record.repo, record.revision) is None:
            _fetch(record, hub)
    cast = Cast(
        pair=_pair(named, records),
        more=more,
        shelf=tuple(record for record in catalog().values() if record.repo) if allowed else (),
        served=tuple(record for record in catalog().values() if record.served and not retired(record)),
        downloads=Downloads(hub, allowed),
    )
    return load_twins(options.device, records=records, cast=cast)


def _fetch(record: ModelRecord, hub: Hub) -> None:
    """Download a model that the host names, and say how far it is. Raises PlaygroundError."""
    from playground.download.progress import Progress, in_words

    heard: list[float] = []

    def report(progress: Progress) -> None:
        if not heard or time.monotonic() - heard[-1] > REPORT_S:
            heard.append(time.monotonic())
            print(f"{record.title}: {in_words(progress)}", file=sys.stderr, flush=True)

    try:
        hub.fetch(hub.look(record.repo, record.revision), report)
    except PlaygroundError as error:
        raise PlaygroundError(f"{record.title} is not on this machine. {error}") from None


def chosen(text: str, kind: Kind | None = None) -> ModelRecord:
    """The record of a model that is named by NAME, FOLDER or NAME=FOLDER. Raises PlaygroundError.

    kind: that the model must have; None for any.
    """
    name, equals, path = text.partition("=")
    if equals and not Path(text).is_dir():
        record = replace(find(name), folder=str(_folder(path)))
    elif Path(text).is_dir():
        record = _of_folder(Path(text), kind or "ar")
    else:
        record = _find(text)
    if why := retired(record):
        raise PlaygroundError(why)
    if kind and record.kind != kind:
        raise PlaygroundError(f"{record.title} is no {KINDS[kind]} model, so it cannot be given to --{kind}.")
    return record


def _find(text: str) -> ModelRecord:
    try:
        return find(text)
    except PlaygroundError:
        raise PlaygroundError(
            f"There is no folder and no model {text[:60]!r}. `python -m playground models` lists the models."
        ) from None


def _folder(path: str) -> Path:
    if not Path(path).is_dir():
        raise PlaygroundError(f"There is no folder {Path(path).name!r}.")
    return Path(path).resolve()


def _of_folder(folder: Path, kind: Kind) -> ModelRecord:
    """The record of a folder that holds no twin."""
    if record := one_of(folder, kind):
        return replace(record, folder=str(folder.resolve()))
    if kind == "ar" and (record := causal_record(folder)):
        return record
    raise PlaygroundError(
        f"The folder {name_of(folder)} holds no model that a record describes. `python -m playground models check "
        "NAME --path FOLDER` says what does not fit."
    )


def _is_twin(kind: Kind, text: str) -> bool:
    """Whether an option names a twin of the user's own: a folder that is missing, or whose config.json is that of a
    twin. The twins name their mask token, the AR twin too; no causal model of others does."""
    folder = Path(text)
    if not folder.is_dir():
        return "=" not in text and (os.sep in text or text.startswith("."))
    raw = config_of(folder)
    return not raw or (raw.get("model_type") == "qwen3" and "mask_token_id" in raw)


def _pair(named: Mapping[Kind, ModelRecord], twins: tuple[ModelRecord, ModelRecord]) -> tuple[ModelRecord, ...]:
    """The models that race by default; a lane without a choice has the twin of its kind."""
    if not named:
        return ()
    pair = [named.get(twin.kind, twin) for twin in twins]
    return tuple(replace(one, partner=other.key) for one, other in zip(pair, reversed(pair)))
