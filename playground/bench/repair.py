"""Measures whether revision repairs errors: 15% of the tokens of unseen text are replaced by wrong ones, and each
rule that replaces tokens repairs the text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch

from playground.bench.texts import UNSEEN
from playground.engine.twins import Twins
from playground.samplers.canvas import corrupt
from playground.training.mending import Damaged, Mended, mend
from playground.training.sampling import Sampler

SHARE, SEEDS = 0.15, 3  # share of the tokens that are wrong
RULES = {  # by the name of the figure; each runs as on the page and does not know where the errors are
    "edit at 0.5": {"revise": "edit", "level": 0.5},
    "edit at 0.7": {"revise": "edit", "level": 0.7},
    "edit at 0.9": {"revise": "edit", "level": 0.9},
    "self-correction": {"revise": "gidd"},
    "second look": {"revise": "second_look"},
    "re-noise, threshold 0.9": {"revise": "renoise", "commit": "threshold"},
}


def with_random_errors(engine: Twins, text: str, seed: int, name: str = "tokens") -> Damaged:
    """The text with a share SHARE of its tokens, after the speaker's name, replaced by random ones of the noise
    ``name``."""
    ids, start = engine.diffusion.encode(text), len(engine.diffusion.encode("User:"))
    canvas = corrupt(ids[:start], ids[start:], SHARE, engine.diffusion.noise, name, seed)
    return Damaged.of(ids, canvas.ids, start)


@torch.inference_mode()
def with_own_errors(engine: Twins, text: str, seed: int) -> Damaged:
    """The text with the model's own errors, like those of fast sampling. Half of the text is masked; the model
    samples all these positions at temperature 1 in one pass; of the wrong tokens as many are kept as make the share
    SHARE of the text."""
    ids, start = engine.diffusion.encode(text), len(engine.diffusion.encode("User:"))
    decoder, special = engine.diffusion.decoder, engine.diffusion.special
    generator = torch.Generator().manual_seed(seed)
    length = len(ids) - start
    hidden = torch.randperm(length, generator=generator)[: length // 2] + start
    masked = torch.tensor(ids, device=decoder.device)
    masked[hidden.to(decoder.device)] = special.mask
    logits = decoder.logits(decoder.hidden(masked[None]))[0, hidden].float().cpu()
    logits[:, [special.mask, special.end]] = -torch.inf
    drawn = torch.multinomial(logits.softmax(-1), 1, generator=generator).squeeze(1).tolist()
    made, left = list(ids), max(1, round(SHARE * length))
    for at, token in zip(hidden.tolist(), drawn):
        if token != ids[at] and left:
            made[at], left = token, left - 1
    return Damaged.of(ids, made, start)


ERRORS = {
    "random tokens": with_random_errors,
    "random characters": lambda engine, text, seed: with_random_errors(engine, text, seed, "characters"),
    "its own errors": with_own_errors,
}


def sampler_of(engine: Twins) -> Sampler:
    """The sampler of the engine's diffusion twin."""
    return Sampler(engine.diffusion.decoder, engine.diffusion.special, engine.diffusion.noise)


def damaged_texts(engine: Twins, kind: str) -> Iterator[tuple[Damaged, int]]:
    """(text with errors, seed) of every unseen text and seed, for one kind of error."""
    for seed in range(SEEDS):
        for text in UNSEEN:
            yield ERRORS[kind](engine, text, seed), seed


def of_rule(engine: Twins, kind: str, rule: dict[str, Any]) -> dict[str, Any]:
    """The shares and counts of repaired and spoiled tokens for one kind of error and one rule."""
    sampler = sampler_of(engine)
    found = sum((mend(sampler, text, seed=seed, **rule) for text, seed in damaged_texts(engine, kind)), Mended())
    return {**found.shares(digits=3), "tokens_repaired": found.repaired, "tokens_spoiled": found.spoiled}


def repair(engine: Twins) -> dict[str, Any]:
    """The figures of ``of_rule`` by kind of error and rule. A revision rule is useful if it repairs clearly more
    tokens than it spoils."""
    figures = {kind: {name: of_rule(engine, kind, rule) for name, rule in RULES.items()} for kind in ERRORS}
    return {**figures, "share_wrong": SHARE, "texts": len(UNSEEN), "seeds": SEEDS}
