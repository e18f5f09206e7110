"""Sampled texts for the model card: the same unselected openings, the playground's own samplers."""

from __future__ import annotations

from dataclasses import dataclass

from playground.text.prompts import KINDS
from playground.training.corpus import Packed
from playground.training.runs import Twin
from playground.training.tokens import opening, shuffled


@dataclass(frozen=True)
class SampleSettings:
    """count, stories: of openings of either kind; length: tokens at most; passes: of the diffusion twin, one text each;
    temperature: as the page starts with; opening: tokens of a story's opening; seed: which openings."""

    count: int = 20
    stories: int = 4
    length: int = 64
    passes: tuple[int, ...] = (16, 32)
    temperature: float = 0.0
    opening: int = 24
    seed: int = 20


@dataclass(frozen=True)
class Sample:
    """kind: of prompting.KINDS; prompt: a dialogue's first turn up to the assistant's name, or a story's first words;
    replies: passes -> text up to the end token."""

    kind: str
    prompt: str
    replies: dict[int, str]


def first_openings(valid: Packed, tokenizer, settings: SampleSettings) -> list[tuple[str, list[int]]]:
    """(kind, token ids) of so many openings of validation documents, the first of a seeded shuffle: nobody chose them."""
    wanted = dict(zip(KINDS, (settings.count, settings.stories)))
    found: dict[str, list[list[int]]] = {name: [] for name in KINDS}
    for name, ids in shuffled(valid, tokenizer, settings.seed):
        if len(found[name]) < wanted[name]:
            found[name].append(opening(ids, tokenizer, settings.opening))
    return [(name, ids) for name in KINDS for ids in found[name]]


def sample_replies(twin: Twin, valid: Packed, settings: SampleSettings) -> list[Sample]:
    """Let a twin go on from unseen openings. The AR twin takes a pass per token, so its text stands under ``length``."""
    tokenizer, samples = twin.tokenizer, []
    for name, prompt in first_openings(valid, tokenizer, settings):
        samples.append(
            Sample(
                name,
                tokenizer.decode(prompt),
                {
                    passes: tokenizer.decode(
                        twin.sampler.write(prompt, settings.length, passes, temperature=settings.temperature).ids
                    )
                    for passes in ((settings.length,) if twin.objective == "ar" else settings.passes)
                },
            )
        )
    return samples
