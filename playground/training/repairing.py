"""Wrong tokens in validation text: how many the diffusion twin puts right, and how many right ones it spoils.

The rule is the playground's token-to-token edit (LLaDA 2.1, 2602.08676): a token gives way to the likeliest one where that is
another and has more than a threshold's probability; the passes repeat until nothing changes.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from playground.denoise.noise import character_alphabet, random_tokens, vocabulary_alphabet
from playground.training.corpus import Packed
from playground.training.infilling import whole_windows
from playground.training.loop import own_tokens


@dataclass(frozen=True)
class RepairSettings:
    """count: validation windows of ``length`` tokens; share: of their tokens that are made wrong; thresholds: of the edit
    rule, each tried alone; passes: at most; rows: windows per forward pass."""

    count: int = 256
    length: int = 64
    share: float = 0.15
    thresholds: tuple[float, ...] = (0.5, 0.7, 0.9)
    passes: int = 4
    rows: int = 32
    seed: int = 50


def corruptions(
    model: torch.nn.Module, tokenizer, clean: torch.Tensor, settings: RepairSettings
) -> dict[str, torch.Tensor]:
    """Windows int64 [count, length] with wrong tokens: random ones of the whole vocabulary, random characters, and the
    model's own errors, sampled at temperature 1 with half of the window hidden."""
    generator = torch.Generator().manual_seed(settings.seed)
    wrong_each = max(1, round(settings.share * clean.shape[1]))
    order = torch.rand(clean.shape, generator=generator)
    chosen = order.argsort(1).argsort(1) < wrong_each
    vocabulary = vocabulary_alphabet(len(tokenizer), set(tokenizer.all_special_ids))
    alphabets = {"random tokens": vocabulary, "random characters": character_alphabet(tokenizer)}
    made = {name: torch.where(chosen, random_tokens(clean.shape, alphabet, generator), clean)
            for name, alphabet in alphabets.items()}
    hidden = torch.rand(clean.shape, generator=generator) < 0.5
    barred = [tokenizer.mask_token_id, tokenizer.eos_token_id]
    own = torch.cat([
        own_tokens(model, rows.masked_fill(where, tokenizer.mask_token_id), where, torch.ones(len(rows), 1), barred, generator)
        for rows, where in zip(clean.split(settings.rows), hidden.split(settings.rows))
    ])
    first_wrong = order.masked_fill(~(hidden & (own != clean)), 2.0)
    taken = (first_wrong.argsort(1).argsort(1) < wrong_each) & (first_wrong < 2.0)
    return {**made, "its own errors": torch.where(taken, own, clean)}


@torch.inference_mode()
def edit(model: torch.nn.Module, ids: torch.Tensor, barred: list[int], threshold: float, passes: int) -> torch.Tensor:
    """Edited windows int64 [n, length], after at most so many passes."""
    for _ in range(passes):
        logits = model.lm_head(model.model(ids, use_cache=False).last_hidden_state).float()
        logits[..., barred] = -torch.inf
        chance, best = logits.softmax(-1).max(-1)
        replaced = torch.where(chance > threshold, best, ids)
        if torch.equal(replaced, ids):
            break
        ids = replaced
    return ids


def repair(model: torch.nn.Module, tokenizer, valid: Packed, settings: RepairSettings) -> dict[str, Any]:
    """By kind of error: wrong (share of tokens made wrong) and by threshold repaired (share of the wrong tokens that hold
    the right one afterwards) and spoiled (share of the right tokens that do not)."""
    end = tokenizer.eos_token_id
    clean = whole_windows(valid, settings.count, settings.length, end, np.random.default_rng(settings.seed))
    barred, figures = [tokenizer.mask_token_id, end], {}
    for name, corrupted in corruptions(model, tokenizer, clean, settings).items():
        wrong = corrupted != clean
        figures[name] = {"wrong": round(wrong.float().mean().item(), 4)}
        for threshold in settings.thresholds:
            edited = torch.cat([edit(model, rows, barred, threshold, settings.passes) for rows in corrupted.split(settings.rows)])
            right = edited == clean
            figures[name][f"{threshold:g}"] = {
                "repaired": round(right[wrong].float().mean().item(), 4),
                "spoiled": round((~right)[~wrong].float().mean().item(), 4),
            }
    return figures
