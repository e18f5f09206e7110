"""Loads a checkpoint from disk into a stock transformers class, and checks it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from playground.catalog.weights import weight_files, weights_sha256
from playground.decoders.special_ids import SpecialIds
from playground.errors import PlaygroundError

if TYPE_CHECKING:  # transformers takes seconds to import
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

RESTORE = "Restore it with `git checkout -- models`, or train it again with `python -m playground.training`."


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
    evaluation: dict  # evaluation.json, measured after training; empty if the folder has none


@dataclass(frozen=True)
class Source:
    """The origin of a checkpoint, for error messages."""

    called: str  # its name in a sentence, after "The"
    restore: str = RESTORE  # a sentence that says how to restore it


def load_checkpoint(folder: Path, device: torch.device, source: Source | None = None) -> Checkpoint:
    """Load a checkpoint into a stock class: bfloat16 on CUDA, else float32.

    source: for error messages, if the folder is not one of models/. Raises CheckpointError if a file is missing or
    damaged, or if the weights are not those that evaluation.json names.
    """
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()  # loading 11 MB is too quick for a progress bar
    source = source or Source(f"checkpoint models/{folder.name}")
    name, restore = source.called, source.restore
    evaluation_path = folder / "evaluation.json"
    try:
        weights = weight_files(folder)
    except ValueError as error:
        raise CheckpointError(f"The {name} is damaged: the list of its weights cannot be read. {restore}") from error
    if not weights or not all(
        (folder / file).exists() for file in ("config.json", "tokenizer.json", "tokenizer_config.json")
    ):
        raise CheckpointError(f"The {name} is missing or incomplete. {restore}")
    dtype = torch.bfloat16 if device.type == "cuda" else torch.float32
    try:
        loaded: Any = AutoModelForCausalLM.from_pretrained(
            folder, dtype=dtype, local_files_only=True, use_safetensors=True, output_loading_info=True
        )
        model, info = loaded
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        evaluation = json.loads(evaluation_path.read_text(encoding="utf-8")) if evaluation_path.exists() else {}
    except Exception as error:  # a damaged file makes the libraries raise many types; the visitor needs one sentence
        raise CheckpointError(
            f"The {name} is damaged and cannot be read ({type(error).__name__}). {restore}"
        ) from error
    if info.get("missing_keys") or info.get("mismatched_keys") or info.get("unexpected_keys"):
        raise CheckpointError(f"The {name} is damaged: its weights do not fit its config. {restore}")
    if tokenizer.eos_token_id is None or tokenizer.mask_token_id is None:
        raise CheckpointError(f"The {name} is damaged: its tokenizer names no end or mask token. {restore}")
    found = weights_sha256(weights)
    recorded = {evaluation.get(twin, {}).get("weights_sha256") for twin in ("ar", "diffusion")} - {None}
    if recorded and found not in recorded:
        raise CheckpointError(f"The {name} is damaged: its weights are not those that were published. {restore}")
    return Checkpoint(
        name=folder.name,
        model=model.to(device).eval().requires_grad_(False),
        tokenizer=tokenizer,
        special=SpecialIds(end=tokenizer.eos_token_id, mask=tokenizer.mask_token_id),
        hash=found[:16],
        evaluation=evaluation,
    )


@torch.inference_mode()
def prove_direction(checkpoint: Checkpoint, bidirectional: bool, source: Source | None = None) -> None:
    """Check that the model attends in the right direction, because a wrong attention mask raises no error of its own.

    In a bidirectional model another last token must change the hidden state of the first position; in a causal model
    it must not. source: for error messages. Raises CheckpointError.
    """
    source = source or Source(f"checkpoint models/{checkpoint.name}")
    device = next(checkpoint.model.parameters()).device
    ids = torch.arange(10, 18, device=device).repeat(2, 1)
    ids[1, -1] = 42
    first = checkpoint.model.get_submodule("model")(ids, use_cache=False).last_hidden_state[:, 0].float()
    if not first.isfinite().all():
        raise CheckpointError(f"The {source.called} is damaged: it computes no numbers. {source.restore}")
    sees = (first[0] - first[1]).abs().max().item() > 1e-6
    if sees != bidirectional:
        raise CheckpointError(
            f"The {source.called} loaded with the wrong attention ({'bidirectional' if sees else 'causal'}). "
            f"Use transformers 5.4 or newer. {source.restore}"
        )
