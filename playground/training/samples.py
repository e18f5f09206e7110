"""Sampled texts for the model card, from the playground's own samplers. Both twins continue the same unselected
openings."""

from __future__ import annotations

from dataclasses import dataclass

from playground.request.race_request import RaceRequest
from playground.text.prompts import KINDS
from playground.training.corpus import Packed
from playground.training.runs import Twin
from playground.training.tokens import opening, shuffled


@dataclass(frozen=True)
class SampleSettings:
    """Which openings are sampled, and how."""

    count: int = 20  # dialogues
    stories: int = 4
    length: int = 64  # tokens of a continuation, at most
    passes: tuple[int, ...] = (RaceRequest.steps, 32)  # of the diffusion twin, one text each
    temperature: float = 0.0  # the page's default
    opening: int = 24  # tokens of a story's opening
    seed: int = 20  # of the shuffle that orders the openings


@dataclass(frozen=True)
class Sample:
    """An opening and a twin's continuations of it."""

    kind: str  # one of prompts.KINDS
    prompt: str  # a dialogue's first turn up to the assistant's name, or a story's first words
    replies: dict[int, str]  # the continuation up to the end token, by number of passes


def first_openings(valid: Packed, tokenizer, settings: SampleSettings) -> list[tuple[str, list[int]]]:
    """(kind, token ids) of the first openings of each kind in a seeded shuffle of validation documents. Nobody selected
    them."""
    wanted = dict(zip(KINDS, (settings.count, settings.stories)))
    found: dict[str, list[list[int]]] = {name: [] for name in KINDS}
    for name, ids in shuffled(valid, tokenizer, settings.seed):
        if len(found[name]) < wanted[name]:
            found[name].append(opening(ids, tokenizer, settings.opening))
    return [(name, ids) for name in KINDS for ids in found[name]]


def sample_replies(twin: Twin, valid: Packed, settings: SampleSettings) -> list[Sample]:
    """A twin's continuations of held-out openings. The AR twin takes one pass per token, so its only text has the key
    ``length`` in Sample.replies."""
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
