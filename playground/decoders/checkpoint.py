"""One checkpoint on disk -> a stock transformers model, proved at load."""

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
    """A checkpoint is missing or damaged; the message says how to get it back."""


@dataclass(frozen=True)
class Checkpoint:
    """A loaded model with its tokenizer. hash: of the weights; evaluation: figures measured when it was made."""

    name: str
    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase
    special: SpecialIds
    hash: str
    evaluation: dict


@dataclass(frozen=True)
class Source:
    """Where a checkpoint is from, for sentences: what it is called, and how to get it back."""

    called: str
    restore: str = RESTORE


def load_checkpoint(folder: Path, device: torch.device, source: Source | None = None) -> Checkpoint:
    """Load one twin in float32 on a CPU, bfloat16 on CUDA, into a stock class. source: of a folder that does not ship. Raises
    CheckpointError."""
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()  # a bar in the terminal for 11 MB tells nobody anything
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
    except Exception as error:  # whatever a damaged file makes a library raise, the visitor needs one sentence
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
    """Changing the last token must change the first position's hidden state in a bidirectional model, and must not in a
    causal one: a wrong mask would otherwise pass unseen. Raises CheckpointError."""
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
