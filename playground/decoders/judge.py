"""A judge that takes no part in the race: a causal model from any folder, with its own tokenizer, that scores text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from playground.catalog.identify import causal_record, config_of, name_of
from playground.catalog.records import TWINS
from playground.decoders.decoder import positions_of
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
        """The perplexity of a text given its prompt, per token of the judge's own tokenizer. None where ``score`` is
        None."""
        found = self.score(prompt, text)
        return found and found.perplexity

    def score(self, prompt: str, text: str) -> Score | None:
        """The score of a text given its prompt. None if there is nothing to score, or more than the judge reads."""
        return score(self.tokenizer, self._nats, prompt, text, positions_of(self.model.config))

    @torch.inference_mode()
    def _nats(self, ids: Sequence[int], start: int) -> float:
        """As ``perplexity.nats``, for a model whose parts may have any names."""
        sequence = torch.tensor([ids], device=self.model.device)
        log_p = torch.log_softmax(self.model(sequence, use_cache=False).logits[0, start - 1 : -1].float(), dim=-1)
        return -log_p.gather(-1, sequence[0, start:, None]).sum().item()


def load_judge(folder: Path, device: torch.device) -> Judge:
    """Load a judge in float32. Raises PlaygroundError if the folder has no causal model with a tokenizer, or if it is
    one of the twins, because a lane must not judge itself."""
    from playground.decoders.checkpoint import CheckpointError, Source, load_model, load_tokenizer

    name = name_of(folder)
    if name in {record.key for record in TWINS}:
        raise PlaygroundError(f"{name} holds one of the twins, and no racer can be its own judge. Name another model.")
    if config_of(folder).get("is_causal") is False:
        raise PlaygroundError(
            f"The model in {name} sees both ways, so it gives text no probability. Name a causal one."
        )
    record, source = causal_record(folder), Source(f"judge {name}", "Name a causal model and its tokenizer.")
    if record is None:
        raise PlaygroundError(
            f"No judge can be loaded from {name}. Name a folder with a causal model and its tokenizer in the transformers "
            "layout."
        )
    try:
        model = load_model(record, folder, device, source, dtype=torch.float32)
        return Judge(name, model, load_tokenizer(record, folder, source))
    except CheckpointError as error:
        raise PlaygroundError(str(error)) from error
