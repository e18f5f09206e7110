"""Sampled replies for the model card: the same unselected openings, the playground's own samplers."""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from playground.prompting import ASSISTANT, USER
from playground.training.corpus import Packed
from playground.training.runs import Twin
from playground.training.sampling import write
from playground.training.tokens import encode


@dataclass(frozen=True)
class SampleSettings:
    """count: of openings; length: tokens at most; passes: of the diffusion twin, one reply each; temperature: as the
    page starts with; seed: which openings."""

    count: int = 20
    length: int = 64
    passes: tuple[int, ...] = (16, 32)
    temperature: float = 0.0
    seed: int = 20


@dataclass(frozen=True)
class Sample:
    """prompt: the user's turn; replies: passes -> text up to the end token."""

    prompt: str
    replies: dict[int, str]


def first_turns(valid: Packed, tokenizer, count: int, seed: int) -> list[str]:
    """The user's first turns of so many validation dialogues, the first of a seeded shuffle: nobody chose them."""
    found: list[str] = []
    for ids in map(valid.document, np.random.default_rng(seed).permutation(len(valid.openings))):
        line = tokenizer.decode(ids).split("\n", 1)[0]
        if line.startswith(USER) and len(found) < count:
            found.append(line)
    return found


def sample_replies(twin: Twin, valid: Packed, settings: SampleSettings) -> list[Sample]:
    """Let a twin answer unseen openings. The AR twin takes a pass per token, so its reply stands under ``length``."""
    tokenizer, samples = twin.tokenizer, []
    for turn in first_turns(valid, tokenizer, settings.count, settings.seed):
        prompt = encode(f"{turn}\n{ASSISTANT}", tokenizer)
        samples.append(Sample(turn, {
            passes: tokenizer.decode(write(twin, prompt, settings.length, passes, settings.temperature).ids).strip()
            for passes in ((settings.length,) if twin.objective == "ar" else settings.passes)
        }))
    return samples
