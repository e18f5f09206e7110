"""Scores generated text with a judge, an AR model whose training text the twins never saw, and compares it with what
people wrote after the same prompts.

A text that repeats itself has a low perplexity, so entropy and distinct-2 of the same texts are reported too.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from playground.decoders.perplexity import nats
from playground.errors import TrainingError
from playground.metrics.text_metrics import distinct, unigram_entropy
from playground.request.race_request import RaceRequest
from playground.text.prompts import KINDS
from playground.training.corpus import Packed
from playground.training.prepare import JUDGE, Prepared
from playground.training.runs import Twin, load_run, split_of
from playground.training.sampling import Written
from playground.training.tokens import opening, shuffled


@dataclass(frozen=True)
class GenerationSettings:
    """Which texts the twins write for the judge. Each number of passes gives one text per document."""

    count: int = 48  # validation documents of each kind, the first of a seeded shuffle
    length: int = 64  # tokens of every continuation, without an end token
    passes: tuple[int, ...] = (4, 8, 16, 32, 64)  # of the diffusion twin
    edited: tuple[int, ...] = (16,)  # passes of extra texts with the edit rule, while and after the canvas fills
    plain: tuple[int, ...] = (8, 16)  # passes of extra texts by confidence alone, which ignores neighbours
    commit: str = RaceRequest.commit  # commit rule of the diffusion twin's other texts, the page's default
    temperature: float = 0.0  # of both twins
    opening: int = 24  # tokens of a story's opening
    seed: int = 30


@dataclass(frozen=True)
class Case:
    """A validation document in two parts."""

    kind: str  # one of prompts.KINDS
    prompt: list[int]  # token ids of the prompt that a visitor would type
    real: list[int]  # token ids of what a person wrote after it


def load_judge(run: Path, data: Prepared) -> Twin:
    """The judge: an AR model trained on the documents that ``prepare --held-out`` held out. Raises TrainingError if the
    run is something else."""
    judge = load_run(run, data)
    if judge.objective != "ar" or split_of(run) != JUDGE:
        raise TrainingError(f"{run} is no judge. Train one with `train --objective ar --split judge --out {run}`.")
    return judge


def cases(valid: Packed, tokenizer, settings: GenerationSettings) -> list[Case]:
    """Documents that are long enough, the first ``settings.count`` of each kind in a seeded shuffle. Nobody selected
    them."""
    found: dict[str, list[Case]] = {name: [] for name in KINDS}
    for of_kind, ids in shuffled(valid, tokenizer, settings.seed):
        prompt = opening(ids, tokenizer, settings.opening)
        real = ids[len(prompt) : len(prompt) + settings.length]
        whole = len(real) == settings.length and ids[: len(prompt)] == prompt
        if whole and len(found[of_kind]) < settings.count:
            found[of_kind].append(Case(of_kind, prompt, real))
    return [case for name in KINDS for case in found[name]]


def judged(judge: torch.nn.Module, prompts: Iterable[list[int]], texts: list[list[int]]) -> dict[str, float]:
    """Figures of ``texts``, the token ids written after ``prompts``: perplexity per token over all texts under the
    judge; unigram entropy of a text in nats, mean over the texts; distinct-2, the share of distinct pairs of
    neighbouring tokens in a text, mean over the texts."""
    total = sum(nats(judge, [*prompt, *text], start=len(prompt)) for prompt, text in zip(prompts, texts))
    return {
        "perplexity": round(math.exp(total / sum(map(len, texts))), 3),
        "entropy": round(float(np.mean([unigram_entropy(text) for text in texts])), 4),
        "distinct_2": round(float(np.mean([distinct(text) for text in texts])), 4),
    }


def generation(diffusion: Twin, ar: Twin, judge: Twin, valid: Packed, settings: GenerationSettings) -> dict[str, Any]:
    """The figures of ``judged`` by kind of text: for real text, for the AR twin, and for the diffusion twin at each
    number of passes. "passes" is the mean number of forward passes per text; edits may add some."""
    chosen = cases(valid, judge.tokenizer, settings)

    def written(
        twin: Twin, passes: int, revise: str = "none", commit: str = settings.commit
    ) -> Callable[[Case], Written]:
        return lambda case: twin.sampler.write(
            case.prompt,
            settings.length,
            passes,
            temperature=settings.temperature,
            seed=settings.seed,
            bar_end=True,
            revise=revise,
            commit=commit,
        )

    figures: dict[str, Any] = {
        "judge": {
            "sha256": judge.sha256,
            "steps": judge.steps,
            "tokens_seen": judge.tokens_seen,
            "parameters": sum(p.numel() for p in judge.model.parameters()),
        },
    }
    for name in KINDS:
        of_kind = [case for case in chosen if case.kind == name]
        if not of_kind:
            continue

        def score(write_one: Callable[[Case], Written], cases: Sequence[Case] = of_kind) -> dict[str, float]:
            done = [write_one(case) for case in cases]
            return {
                **judged(judge.model, [case.prompt for case in cases], [text.ids for text in done]),
                "passes": round(float(np.mean([text.passes for text in done])), 1),
            }

        figures[name] = {
            "texts": len(of_kind),
            "real": score(lambda case: Written(case.real, 0)),
            "ar": score(written(ar, settings.length)),
            "diffusion": {str(passes): score(written(diffusion, passes)) for passes in settings.passes},
            "plain": {str(passes): score(written(diffusion, passes, commit="confidence")) for passes in settings.plain},
            "edited": {str(passes): score(written(diffusion, passes, "edit")) for passes in settings.edited},
        }
    return figures
