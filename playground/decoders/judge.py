"""A judge that takes no part in the race: a causal model from any folder, with its own tokenizer, that scores text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from playground.catalog.records import TWINS
from playground.decoders.perplexity import score
from playground.errors import PlaygroundError
from playground.metrics.score import Score

if TYPE_CHECKING:  # transformers takes seconds to import
    from transformers import PreTrainedModel, PreTrainedTokenizerBase


@dataclass(frozen=True)
class Judge:
    """A causal model that scores text. Use it on the device's thread."""

    name: str  # of its folder
    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase

    def perplexity(self, prompt: str, text: str) -> float | None:
        """The perplexity of a text given its prompt, per token of the judge's own tokenizer. None if there is nothing
        to score."""
        found = self.score(prompt, text)
        return found and found.perplexity

    def score(self, prompt: str, text: str) -> Score | None:
        """The score of a text given its prompt. None if there is nothing to score."""
        return score(self.tokenizer, self._nats, prompt, text)

    @torch.inference_mode()
    def _nats(self, ids: Sequence[int], start: int) -> float:
        """As ``perplexity.nats``, for a model whose parts may have any names."""
        sequence = torch.tensor([ids], device=self.model.device)
        log_p = torch.log_softmax(self.model(sequence, use_cache=False).logits[0, start - 1 : -1].float(), dim=-1)
        return -log_p.gather(-1, sequence[0, start:, None]).sum().item()


def load_judge(folder: Path, device: torch.device) -> Judge:
    """Load a judge in float32. Raises PlaygroundError if the folder has no causal model with a tokenizer, or if it is
    one of the twins, because a lane must not judge itself."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    if folder.name in {record.key for record in TWINS}:
        raise PlaygroundError(
            f"{folder} holds one of the twins, and no racer can be its own judge. Name another model."
        )
    try:
        model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, local_files_only=True)
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    except Exception as error:  # a library may raise anything on files that it cannot read
        raise PlaygroundError(
            f"No judge can be loaded from {folder} ({type(error).__name__}). Name a folder with a causal "
            "model and its tokenizer in the transformers layout."
        ) from error
    if getattr(model.config, "is_causal", True) is False:
        raise PlaygroundError(
            f"The model in {folder} sees both ways, so it gives text no probability. Name a causal one."
        )
    return Judge(folder.resolve().name, model.to(device).eval().requires_grad_(False), tokenizer)
