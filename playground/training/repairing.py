"""Wrong tokens in validation text: how many the diffusion twin puts right, and how many right ones it spoils.

Two of the playground's rules, for many rows at once. Token-to-token edit (LLaDA 2.1, 2602.08676): a token gives way to the
likeliest one where that is another and has more than a threshold's probability; the passes repeat until nothing changes. Second
look: what is less likely than a threshold in the full text is masked; what is plausible unseen comes back, and the rest is filled
surest first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from playground.request.rules import REVISIONS
from playground.samplers.diffusion.blocks import even_targets
from playground.samplers.diffusion.second_look import PLAUSIBLE
from playground.samplers.noise import character_alphabet, random_tokens, vocabulary_alphabet
from playground.training.corpus import Packed
from playground.training.infilling import whole_windows
from playground.training.loop import own_tokens


@dataclass(frozen=True)
class RepairSettings:
    """count: validation windows of ``length`` tokens; share: of their tokens that are made wrong; thresholds: of the edit
    rule, each tried alone; doubts: of the second look, likewise; passes: of edits at most; fills: passes that fill what the second
    look masks; rows: windows per forward pass."""

    count: int = 256
    length: int = 64
    share: float = 0.15
    thresholds: tuple[float, ...] = (0.5, 0.7, 0.9)
    doubts: tuple[float, ...] = (0.02, 0.05, 0.1)
    passes: int = 4
    fills: int = REVISIONS["second_look"].finishing - 2
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


@torch.inference_mode()
def edit(model: torch.nn.Module, ids: torch.Tensor, barred: list[int], threshold: float, passes: int) -> torch.Tensor:
    """Edited windows int64 [n, length], after at most so many passes."""
    for _ in range(passes):
        chance, best = _chances(model, ids, barred).max(-1)
        replaced = torch.where(chance > threshold, best, ids)
        if torch.equal(replaced, ids):
            break
        ids = replaced
    return ids


@torch.inference_mode()
def second_look(
    model: torch.nn.Module, ids: torch.Tensor, mask: int, barred: list[int], threshold: float, fills: int
) -> torch.Tensor:
    """Windows int64 [n, length] in which what was unlikely and is not plausible unseen is filled anew, each row in at most
    ``fills`` passes."""
    standing, doubted = ids, _of_tokens(_chances(model, ids, barred), ids) < threshold
    chances = _chances(model, ids.masked_fill(doubted, mask), barred)
    doubted &= _of_tokens(chances, standing) < PLAUSIBLE * chances.amax(-1)
    ids, counts = ids.masked_fill(doubted, mask), doubted.sum(1).tolist()
    targets = torch.tensor(
        [(even_targets(n, min(fills, n)) + [n] * fills)[:fills] if n else [0] * fills for n in counts]
    )
    for i in range(fills):
        still = ids == mask
        if not still.any():
            break
        chance, best = _chances(model, ids, barred).max(-1)
        owed = targets[:, i] - (torch.tensor(counts) - still.sum(1))
        surest_first = chance.masked_fill(~still, -1.0).argsort(1, descending=True).argsort(1)
        ids = torch.where(still & (surest_first < owed[:, None]), best, ids)
    return ids


def _chances(model: torch.nn.Module, ids: torch.Tensor, barred: list[int]) -> torch.Tensor:
    """Probabilities float [n, length, vocabulary] at every place; ``barred`` ids have none."""
    logits = model.lm_head(model.model(ids, use_cache=False).last_hidden_state).float()
    logits[..., barred] = -torch.inf
    return logits.softmax(-1)


def _of_tokens(chances: torch.Tensor, ids: torch.Tensor) -> torch.Tensor:
    """Float [n, length]: of chances [n, length, vocabulary] those of ids int64 [n, length]."""
    return chances.gather(-1, ids[..., None]).squeeze(-1)


def repair(model: torch.nn.Module, tokenizer, valid: Packed, settings: RepairSettings) -> dict[str, Any]:
    """By kind of error: wrong (share of tokens made wrong) and, by rule and threshold ("edit" or "second look"), repaired (share of
    the wrong tokens that hold the right one afterwards) and spoiled (share of the right tokens that do not)."""
    mask, end = tokenizer.mask_token_id, tokenizer.eos_token_id
    clean = whole_windows(valid, settings.count, settings.length, end, np.random.default_rng(settings.seed))
    barred, figures = [mask, end], {}

    def score(corrupted: torch.Tensor, mend: Callable[[torch.Tensor], torch.Tensor]) -> dict[str, float]:
        right, wrong = torch.cat([mend(rows) for rows in corrupted.split(settings.rows)]) == clean, corrupted != clean
        return {
            "repaired": round(right[wrong].float().mean().item(), 4),
            "spoiled": round((~right)[~wrong].float().mean().item(), 4),
        }

    for name, corrupted in corruptions(model, tokenizer, clean, settings).items():
        figures[name] = {
            "wrong": round((corrupted != clean).float().mean().item(), 4),
            "edit": {
                f"{level:g}": score(
                    corrupted, lambda rows, level=level: edit(model, rows, barred, level, settings.passes)
                )
                for level in settings.thresholds
            },
            "second look": {
                f"{level:g}": score(
                    corrupted, lambda rows, level=level: second_look(model, rows, mask, barred, level, settings.fills)
                )
                for level in settings.doubts
            },
        }
    return figures


def by_rule(rates: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, float]]]:
    """(rule, threshold, rates) of one kind of error, as ``repair`` gives it."""
    for rule, by_threshold in rates.items():
        if rule != "wrong":
            for threshold, found in by_threshold.items():
                yield rule, threshold, found
