"""Measures the speed of adaptive commit and caches over the published LLaDA loop at equal quality.

The loop is that of loops.py: one token per pass, full canvas, no cache, the unchanged model class. Each fast way runs
as on the page. Quality is the perplexity under a judge that shares no training text with the twins (--judge), or
without one under the AR twin; and the entropy of the tokens, because repetition lowers perplexity.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median
from typing import Any

import torch

from playground.bench.lanes import REQUEST
from playground.bench.loops import published_loop
from playground.bench.texts import UNSEEN
from playground.decoders.judge import load_judge
from playground.decoders.perplexity import perplexity
from playground.engine.twins import Twins
from playground.metrics.text_metrics import unigram_entropy
from playground.request.sampler_settings import DenoiseSettings
from playground.samplers.canvas import blank
from playground.samplers.diffusion.sampler import denoise
from playground.text.prompts import wrap

LENGTH, QUALITY = REQUEST.length, 0.05  # tokens; the largest change of perplexity or entropy that counts as equal
WAYS = {
    f"{commit} {level:g}, {cache} cache, {blocks} block{'s' if blocks > 1 else ''}": {
        "commit": commit,
        "commit_level": level,
        "cache": cache,
        "blocks": blocks,
    }
    for commit, level in (("threshold", 0.5), ("threshold", 0.7), ("threshold", 0.9), ("entropy_bound", 0.1))
    for cache, blocks in (("none", 1), ("prefix", 4), ("dual", 1), ("dual", 4), ("dual", 8))
}


@dataclass(frozen=True)
class Written:
    """A reply."""

    ms: float
    ids: list[int]  # after the prompt
    passes: int


def prompts() -> list[str]:
    """The first turn of every unseen dialogue, in the twins' prompt format."""
    return [wrap(text.splitlines()[0].removeprefix("User: ")) for text in UNSEEN]


def by_loop(engine: Twins, prompt: list[int]) -> Written:
    """The reply of the published loop to a prompt of token ids."""
    twin = engine.diffusion
    ids = torch.tensor(prompt, device=twin.model.device)
    began = time.perf_counter()
    out = published_loop(twin.model, ids, LENGTH, LENGTH, 0.0, twin.special).tolist()
    return Written((time.perf_counter() - began) * 1000, out[len(prompt) :], LENGTH)


def by_way(engine: Twins, prompt: list[int], way: dict[str, Any]) -> Written:
    """The reply of the playground's sampler with the settings ``way`` to a prompt of token ids."""
    settings = DenoiseSettings(steps=LENGTH, bar_end=True, **way)
    canvas = blank(prompt, LENGTH, engine.diffusion.noise)
    passes = list(denoise(engine.diffusion.decoder, canvas, settings, engine.diffusion.special, engine.diffusion.noise))
    return Written(sum(step.ms for step in passes), list(passes[-1].ids[len(prompt) :]), len(passes) - 1)


def scorer(engine: Twins, judge: Path | None) -> tuple[str, Callable[[list[int], list[int]], float | None]]:
    """(name of the judge, function from the token ids of a prompt and of a reply to the reply's perplexity)."""
    if judge is None:
        return "the AR twin", lambda prompt, ids: perplexity(engine.ar.model, prompt + ids, len(prompt))
    loaded, decode = load_judge(judge, engine.ar.decoder.device), engine.ar.tokenizer.decode
    return f"the judge {loaded.name}", lambda prompt, ids: loaded.perplexity(decode(prompt), decode(ids))


def against_full_loop(engine: Twins, judge: Path | None = None) -> dict[str, Any]:
    """The speed of every way relative to the loop, with the ratios of perplexity and entropy; and the fastest way
    with both within 5%. Target: 4 times the loop's speed."""
    name, score = scorer(engine, judge)
    asked = [engine.diffusion.encode(prompt) for prompt in prompts()]
    rows: dict[str, list[Written]] = {"loop": [], **{way: [] for way in WAYS}}
    for prompt in asked:
        rows["loop"].append(by_loop(engine, prompt))
        for way, chosen in WAYS.items():
            rows[way].append(by_way(engine, prompt, chosen))

    def quality(written: list[Written]) -> tuple[float, float]:
        end = engine.diffusion.special.end
        texts = [row.ids[: row.ids.index(end)] if end in row.ids else row.ids for row in written]
        scores = [score(prompt, ids) for prompt, ids in zip(asked, texts) if ids]
        return math.exp(mean(math.log(s) for s in scores if s)), mean(unigram_entropy(ids) or 0.0 for ids in texts)

    base_perplexity, base_entropy = quality(rows["loop"])
    ways = {}
    for way in WAYS:
        its_perplexity, its_entropy = quality(rows[way])
        ways[way] = {
            "speed": round(median(slow.ms / quick.ms for slow, quick in zip(rows["loop"], rows[way])), 2),
            "passes": round(mean(row.passes for row in rows[way]), 1),
            "perplexity_ratio": round(its_perplexity / base_perplexity, 3),
            "entropy_ratio": round(its_entropy / base_entropy, 3),
        }
    equal = {
        way: row
        for way, row in ways.items()
        if row["perplexity_ratio"] <= 1 + QUALITY and row["entropy_ratio"] >= 1 - QUALITY
    }
    best = max(equal, key=lambda way: equal[way]["speed"], default=None)
    return {
        "judged_by": name,
        "loop_perplexity": round(base_perplexity, 2),
        "loop_entropy_nats": round(base_entropy, 3),
        "loop_ms": round(median(row.ms for row in rows["loop"]), 1),
        "best_at_equal_quality": best,
        "best_speed": equal[best]["speed"] if best else None,
        "target": 4,
        "prompts": len(asked),
        "ways": ways,
    }
