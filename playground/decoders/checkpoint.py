"""Loads a checkpoint from disk into the stock transformers class that its record names, and checks it.

Nothing is decided by ``Auto*`` classes: on a folder of a foreign layout they fail, or ask on standard input whether to
run the folder's code.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from playground.catalog.config_json import disagreements
from playground.catalog.identify import with_its_tower
from playground.catalog.layouts import STOCK, Layout, layout
from playground.catalog.records import ModelRecord
from playground.catalog.weights import has_tokenizer, weight_files, weights_sha256
from playground.decoders.direction import WrongAttention, prove_direction
from playground.decoders.encoder import decoder_of
from playground.decoders.evaluation import Evaluation
from playground.decoders.llava_llada import build as build_llava_llada
from playground.decoders.special_ids import SpecialIds, special_ids
from playground.decoders.stock import NoLane, OwnLogits, prove_lane
from playground.decoders.tensors import Unreadable, read_tensors
from playground.device.dtype import pick_dtype
from playground.errors import PlaygroundError

if TYPE_CHECKING:  # transformers takes seconds to import
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

# Layout -> what builds its model, where config.json does not hold all that its config class needs.
BUILDERS = {"llava-llada": build_llava_llada}
RESTORE = "Restore it with `git checkout -- models`, or train it again with `python -m playground.training`."
FETCH_AGAIN = "Fetch it again, or correct its record."


class CheckpointError(PlaygroundError):
    """A checkpoint is missing or damaged. The message says how to restore it."""


@dataclass(frozen=True)
class Checkpoint:
    """A loaded model with its tokenizer."""

    name: str  # of its folder
    model: PreTrainedModel  # in eval mode, without gradients
    tokenizer: PreTrainedTokenizerBase
    special: SpecialIds
    hash: str  # the first 16 hex digits of the weights' sha256
    evaluation: Evaluation  # measured after training; empty if the folder has none


@dataclass(frozen=True)
class Source:
    """The origin of a checkpoint, for error messages."""

    called: str  # its name in a sentence, after "The"
    restore: str = RESTORE  # a sentence that says how to restore it
    hashes: Mapping[str, str] = field(default_factory=dict)  # name of a file -> its sha256, as published

    @classmethod
    def of(cls, record: ModelRecord, folder: Path) -> Source:
        """The source of a record without a source of its own: only the twins ship in models/."""
        ships = not record.repo and not Path(record.folder).is_absolute()
        return cls(f"checkpoint models/{folder.name}") if ships else cls(f"model {record.title}", FETCH_AGAIN)

    def damaged(self, why: str) -> CheckpointError:
        return CheckpointError(f"The {self.called} is damaged: {why}. {self.restore}")


def load_checkpoint(
    record: ModelRecord, folder: Path, device: torch.device, source: Source | None = None
) -> Checkpoint:
    """Load a checkpoint with its tokenizer.

    source: for error messages. Raises CheckpointError if a file is missing or damaged, if config.json or the tensors do
    not fit the record, if the model attends in another direction, if it is of a causal class that cannot be a lane, or if the weights are not those that evaluation.json
    names.
    """
    source = source or Source.of(record, folder)
    files = _files(folder, source)
    evaluation = _evaluation(folder, source)
    tokenizer = load_tokenizer(record, folder, source)
    try:
        found = weights_sha256(files, source.hashes)
    except ValueError as error:
        raise source.damaged(str(error)) from None
    model = load_model(record, folder, device, source)
    if record.layout.startswith(STOCK):
        _prove_lane(model, source)
    if evaluation.weights and found not in evaluation.weights:
        raise source.damaged("its weights are not those that were published")
    try:
        special = special_ids(record, tokenizer, model.config.get_text_config().vocab_size)
    except ValueError as error:
        raise source.damaged(str(error)) from None
    return Checkpoint(folder.name, model, tokenizer, special, found[:16], evaluation)


def load_model(
    record: ModelRecord,
    folder: Path,
    device: torch.device,
    source: Source | None = None,
    sizes: bool = True,
    dtype: torch.dtype | None = None,
) -> PreTrainedModel:
    """Load a checkpoint's network into its stock class, and prove the direction of its attention.

    sizes: whether config.json must have the record's sizes. dtype: None picks the one for the device. Raises
    CheckpointError.
    """
    source, kind = source or Source.of(record, folder), layout(record.layout)
    files, raw = _files(folder, source), read_config(folder, source)
    _check_tower(record, folder, source, sizes)
    check_config(record, raw, source, sizes)
    _check_classes(kind, source)
    dtype = dtype or pick_dtype(device, record.parameters)
    try:
        model, info = _built(record, kind, raw, files, dtype)
    except Unreadable as error:
        raise source.damaged(str(error)) from error
    except Exception as error:  # libraries raise many types on files that do not fit; the visitor needs one sentence
        raise source.damaged(f"its weights do not fit its config ({type(error).__name__})") from error
    if unfit := _unfit(info):
        raise source.damaged(f"its weights do not fit its config: {unfit}")
    model = model.to(device).eval().requires_grad_(False)
    try:
        _prove(model, record)
    except WrongAttention as error:
        raise CheckpointError(
            f"The {source.called} loaded with the wrong attention ({error}). Use transformers 5.4 or newer. "
            f"{source.restore}"
        ) from None
    except ValueError as error:
        raise source.damaged(str(error)) from None
    except Exception as error:  # a class that no record names may raise anything
        raise source.damaged(f"its network cannot be run ({type(error).__name__})") from error
    return model


def _prove_lane(model: PreTrainedModel, source: Source) -> None:
    """Raises CheckpointError if a causal class of transformers cannot be a lane."""
    try:
        prove_lane(model)
    except NoLane as why:
        raise CheckpointError(
            f"The {source.called} cannot be a lane: {why}. Choose another AR model; it can still judge a sweep (--judge)."
        ) from None


def _prove(model: PreTrainedModel, record: ModelRecord) -> None:
    """Raises WrongAttention, or ValueError if the model computes no numbers."""
    if record.layout.startswith(STOCK):
        return prove_direction(OwnLogits(model), record)
    if record.attention != "own":
        return prove_direction(decoder_of(model), record)
    from playground.decoders.canvas_direction import prove_canvas_direction  # imports transformers

    return prove_canvas_direction(model)


def read_config(folder: Path, source: Source) -> dict[str, Any]:
    """The content of config.json. Raises CheckpointError."""
    try:
        raw = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise source.damaged(f"config.json cannot be read ({type(error).__name__})") from error
    if not isinstance(raw, dict):
        raise source.damaged("config.json holds no object")
    return raw


def check_config(record: ModelRecord, raw: Mapping[str, Any], source: Source, sizes: bool = True) -> None:
    """Compare config.json with the record, field by field. Raises CheckpointError that names the first field that
    disagrees. sizes: whether sizes must agree too."""
    for name, found, expected in disagreements(raw, record, sizes):
        raise CheckpointError(
            f"The {source.called} is damaged, or these are the files of another model: config.json says {name} = "
            f"{_said(found)}, and the record says {_said(expected)}. {source.restore}"
        )


def _check_tower(record: ModelRecord, folder: Path, source: Source, sizes: bool) -> None:
    """Raises CheckpointError if a folder has a tower for pictures that its record lacks, or lacks the record's, and
    another record describes it."""
    if other := with_its_tower(folder, record, sizes):
        has = "has no tower for pictures" if layout(record.layout).sees else "has a tower for pictures"
        raise CheckpointError(f"The {source.called} {has}. Name the record {other.key} instead of {record.key}.")


def _check_classes(kind: Layout, source: Source) -> None:
    """Raises CheckpointError if the installed transformers is too old for a layout."""
    import transformers

    for name in (kind.model_class, kind.config_class):
        if name and not hasattr(transformers, name):
            raise CheckpointError(
                f"The {source.called} needs the class {name}, which transformers {transformers.__version__} does not "
                "have. Install a newer transformers."
            )


def load_tokenizer(record: ModelRecord, folder: Path, source: Source | None = None) -> PreTrainedTokenizerBase:
    """The tokenizer, by the class that the record names. Raises CheckpointError."""
    import transformers

    source = source or Source.of(record, folder)
    if not has_tokenizer(folder):
        raise CheckpointError(f"The {source.called} is missing or incomplete: it has no tokenizer. {source.restore}")
    try:
        return getattr(transformers, record.tokenizer_class).from_pretrained(folder, local_files_only=True)
    except Exception as error:  # as above
        raise source.damaged(f"its tokenizer cannot be read ({type(error).__name__})") from error


def _files(folder: Path, source: Source) -> list[Path]:
    """The files of the weights. Raises CheckpointError if one is missing, or config.json is."""
    try:
        files = weight_files(folder)
    except ValueError as error:
        raise source.damaged("the list of its weights cannot be read") from error
    if not files or not (folder / "config.json").exists():
        raise CheckpointError(f"The {source.called} is missing or incomplete. {source.restore}")
    return files


def _evaluation(folder: Path, source: Source) -> Evaluation:
    path = folder / "evaluation.json"
    try:
        return Evaluation.of(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else Evaluation()
    except (OSError, ValueError, RecursionError) as error:
        raise source.damaged(f"evaluation.json cannot be read ({type(error).__name__})") from error


def _built(
    record: ModelRecord, kind: Layout, raw: Mapping[str, Any], files: list[Path], dtype: torch.dtype
) -> tuple[Any, Mapping[str, Any]]:
    """The stock model, and what transformers tells about tensors that do not fit it."""
    from transformers.utils import logging

    logging.disable_progress_bar()
    level = logging.get_verbosity()
    logging.set_verbosity_error()  # what does not fit is told in our own sentence
    try:
        if build := BUILDERS.get(kind.key):
            return build(raw, read_tensors(files, kind, None), dtype)
        return _from_config(record, kind, raw, files, dtype)
    finally:
        logging.set_verbosity(level)


def _from_config(
    record: ModelRecord, kind: Layout, raw: Mapping[str, Any], files: list[Path], dtype: torch.dtype
) -> tuple[Any, Mapping[str, Any]]:
    import transformers

    nobody = {"bos_token_id": None, "eos_token_id": None, "pad_token_id": None}  # ids are the record's affair
    model_class = getattr(transformers, kind.model_class)
    config_class = getattr(transformers, kind.config_class) if kind.config_class else model_class.config_class
    # A class with an attention of its own decides layer by layer, and fails where its config decides for all.
    direction = {} if record.attention == "own" else {"is_causal": record.attention == "causal"}
    config = config_class(**kind.stock_config(raw), **nobody, **direction)
    return model_class.from_pretrained(
        None,
        config=config,
        state_dict=read_tensors(files, kind, config),
        dtype=dtype,
        output_loading_info=True,
        ignore_mismatched_sizes=True,
    )


def _unfit(info: Mapping[str, Any]) -> str:
    """What does not fit, in words; empty if everything does."""
    for key, says in (
        ("missing_keys", "the tensor {} is missing"),
        ("unexpected_keys", "the tensor {} belongs to another network"),
        ("mismatched_keys", "the tensor {} has another shape"),
        ("error_msgs", "{}"),
    ):
        if named := sorted(str(one[0] if isinstance(one, tuple) else one) for one in info.get(key) or ()):
            return says.format(named[0]) + (f" (and {len(named) - 1} more)" if len(named) > 1 else "")
    return ""


def _said(value: Any) -> str:
    return "nothing" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
