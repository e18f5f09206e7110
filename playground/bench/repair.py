"""Does revision fix errors? Unseen text with 15% of its tokens made wrong, mended by each rule that replaces tokens."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch

from playground.bench.texts import UNSEEN
from playground.engine.engine import TwinEngine
from playground.request.sampler_settings import DenoiseSettings
from playground.samplers.canvas import Canvas, corrupt
from playground.samplers.diffusion.sampler import denoise

SHARE, SEEDS = 0.15, 3
RULES = {  # by the name of the figure; each runs as it does on the page, on a text whose errors it is not told of
    "edit at 0.5": {"revise": "edit", "revise_level": 0.5},
    "edit at 0.7": {"revise": "edit", "revise_level": 0.7},
    "edit at 0.9": {"revise": "edit", "revise_level": 0.9},
    "self-correction": {"revise": "gidd"},
    "second look": {"revise": "second_look"},
    "re-noise, threshold 0.9": {"revise": "renoise", "commit": "threshold"},
}


@dataclass(frozen=True)
class Damaged:
    """A text with errors. right: the clean ids, int [length]; canvas: with errors in it; wrong: where they are."""

    right: tuple[int, ...]
    canvas: Canvas
    wrong: frozenset[int]


def with_random_errors(engine: TwinEngine, text: str, seed: int, name: str = "tokens") -> Damaged:
    """SHARE of the tokens behind the speaker's name replaced by draws of a noise."""
    ids, start = engine.encode(text), len(engine.encode("User:"))
    canvas = corrupt(ids[:start], ids[start:], SHARE, engine.noise, name, seed)
    return _damaged(ids, canvas.ids, start)


@torch.inference_mode()
def with_own_errors(engine: TwinEngine, text: str, seed: int) -> Damaged:
    """Half of the text masked, each place filled by a draw of the model at temperature 1 from that one look, and of the draws
    that are wrong as many kept as make SHARE of the text: errors as fast sampling makes them."""
    ids, start = engine.encode(text), len(engine.encode("User:"))
    decoder, special = engine.decoders["diffusion"], engine.diffusion.special
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
    return _damaged(ids, tuple(made), start)


def _damaged(ids: list[int], made: tuple[int, ...], start: int) -> Damaged:
    wrong = frozenset(at for at in range(len(ids)) if made[at] != ids[at])
    return Damaged(tuple(ids), Canvas(tuple(made), start, frozenset(), hidden=wrong), wrong)


ERRORS = {
    "random tokens": with_random_errors,
    "random characters": lambda engine, text, seed: with_random_errors(engine, text, seed, "characters"),
    "its own errors": with_own_errors,
}


def mended(engine: TwinEngine, damaged: Damaged, rule: dict[str, Any], seed: int) -> tuple[int, int]:
    """(wrong tokens that hold the right one afterwards, right tokens that do not)."""
    settings = DenoiseSettings(steps=16, noise="tokens", seed=seed, bar_end=True, **rule)
    passes = denoise(engine.decoders["diffusion"], damaged.canvas, settings, engine.diffusion.special, engine.noise)
    *_, last = passes
    repaired = sum(last.ids[at] == damaged.right[at] for at in damaged.wrong)
    spoiled = sum(a != b for at, (a, b) in enumerate(zip(last.ids, damaged.right)) if at not in damaged.wrong)
    return repaired, spoiled


def damaged_texts(engine: TwinEngine, kind: str) -> Iterator[tuple[Damaged, int]]:
    for seed in range(SEEDS):
        for text in UNSEEN:
            yield ERRORS[kind](engine, text, seed), seed


def of_rule(engine: TwinEngine, kind: str, rule: dict[str, Any]) -> dict[str, Any]:
    """One kind of error and one rule: shares and counts."""
    wrong = right = repaired = spoiled = 0
    for damaged, seed in damaged_texts(engine, kind):
        one, other = mended(engine, damaged, rule, seed)
        repaired, spoiled = repaired + one, spoiled + other
        wrong += len(damaged.wrong)
        right += len(damaged.right) - damaged.canvas.start - len(damaged.wrong)
    return {
        "repaired": round(repaired / wrong, 3),
        "spoiled": round(spoiled / right, 3),
        "tokens_repaired": repaired,
        "tokens_spoiled": spoiled,
    }


def repair(engine: TwinEngine) -> dict[str, Any]:
    """By kind of error and rule: share of the wrong tokens repaired, share of the right ones spoiled, and the counts. A rule
    earns its name where it repairs clearly more tokens than it spoils."""
    figures = {kind: {name: of_rule(engine, kind, rule) for name, rule in RULES.items()} for kind in ERRORS}
    return {**figures, "share_wrong": SHARE, "texts": len(UNSEEN), "seeds": SEEDS}
