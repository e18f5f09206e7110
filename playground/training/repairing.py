"""Measures how the diffusion twin repairs wrong tokens in validation text: how many it corrects and how many correct
tokens it spoils, under two revision rules of the playground, edit and second look."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from playground.request.rules import REVISIONS
from playground.samplers.noise import character_alphabet, random_tokens, vocabulary_alphabet
from playground.training.corpus import Packed
from playground.training.infilling import whole_windows
from playground.training.loop import own_tokens
from playground.training.mending import Damaged, Mended, mend
from playground.training.sampling import Sampler


@dataclass(frozen=True)
class RepairSettings:
    """How many windows are corrupted, and which thresholds are tried. The last two fields are the rules' own limits,
    kept for the record."""

    count: int = 256  # validation windows
    length: int = 64  # tokens of a window
    share: float = 0.15  # share of the tokens that are replaced by wrong ones
    thresholds: tuple[float, ...] = (0.5, 0.7, 0.9)  # of the edit rule, one run each
    doubts: tuple[float, ...] = (0.02, 0.05, 0.1)  # thresholds of the second look, one run each
    rows: int = 32  # windows per forward pass when the model writes its own errors
    seed: int = 50
    passes: int = field(default=REVISIONS["edit"].finishing, init=False)  # most editing passes
    fills: int = field(default=REVISIONS["second_look"].finishing - 2, init=False)  # most passes that refill masks


def corruptions(
    model: torch.nn.Module, tokenizer, clean: torch.Tensor, settings: RepairSettings
) -> dict[str, torch.Tensor]:
    """Corrupted copies of the windows ``clean`` (int64 [count, length]), by kind of error.

    The kinds: random tokens of the whole vocabulary, random characters, and the model's own errors, which it samples at
    temperature 1 with half of the window masked.
    """
    generator = torch.Generator().manual_seed(settings.seed)
    wrong_each = max(1, round(settings.share * clean.shape[1]))
    order = torch.rand(clean.shape, generator=generator)
    chosen = order.argsort(1).argsort(1) < wrong_each
    vocabulary = vocabulary_alphabet(len(tokenizer), set(tokenizer.all_special_ids))
    alphabets = {"random tokens": vocabulary, "random characters": character_alphabet(tokenizer)}
    made = {
        name: torch.where(chosen, random_tokens(clean.shape, alphabet, generator), clean)
        for name, alphabet in alphabets.items()
    }
    hidden = torch.rand(clean.shape, generator=generator) < 0.5
    barred = [tokenizer.mask_token_id, tokenizer.eos_token_id]
    own = torch.cat(
        [
            own_tokens(
                model,
                rows.masked_fill(where, tokenizer.mask_token_id),
                where,
                torch.ones(len(rows), 1),
                barred,
                generator,
            )
            for rows, where in zip(clean.split(settings.rows), hidden.split(settings.rows))
        ]
    )
    first_wrong = order.masked_fill(~(hidden & (own != clean)), 2.0)
    taken = (first_wrong.argsort(1).argsort(1) < wrong_each) & (first_wrong < 2.0)
    return {**made, "its own errors": torch.where(taken, own, clean)}


def repair(
    sampler: Sampler, model: torch.nn.Module, tokenizer, valid: Packed, settings: RepairSettings
) -> dict[str, Any]:
    """Repair rates by kind of error. ``sampler`` and ``model`` belong to the same twin; the model also writes the kind
    "its own errors".

    "wrong" is the share of tokens that were replaced. Under each rule ("edit", "second look") and threshold,
    "repaired" is the share of the wrong tokens that were corrected, and "spoiled" the share of the correct tokens that
    were changed.
    """
    clean = whole_windows(
        valid, settings.count, settings.length, tokenizer.eos_token_id, np.random.default_rng(settings.seed)
    )
    figures: dict[str, Any] = {}
    for name, corrupted in corruptions(model, tokenizer, clean, settings).items():
        texts = [Damaged.of(right, made) for right, made in zip(clean.tolist(), corrupted.tolist())]
        figures[name] = {"wrong": round((corrupted != clean).float().mean().item(), 4)}
        for called, rule, levels in (
            ("edit", "edit", settings.thresholds),
            ("second look", "second_look", settings.doubts),
        ):
            figures[name][called] = {
                f"{level:g}": sum((mend(sampler, text, rule, level) for text in texts), Mended()).shares(digits=4)
                for level in levels
            }
    return figures


def by_rule(rates: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, float]]]:
    """Iterate over (rule, threshold, rates) of one kind of error in the result of ``repair``."""
    for rule, by_threshold in rates.items():
        if rule != "wrong":
            for threshold, found in by_threshold.items():
                yield rule, threshold, found
