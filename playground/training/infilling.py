"""Infilling: a span is cut out of the middle of validation text, both twins fill it, and the original text is the
reference.

The diffusion twin attends to both sides of the gap, the AR twin only to the left. This is what the comparison shows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from playground.errors import TrainingError
from playground.request.sampler_settings import DenoiseSettings
from playground.samplers.canvas import fill
from playground.training.corpus import Packed, windows
from playground.training.sampling import Sampler

# (token ids of a window, first, span) -> predicted ids for the positions [first, first + span)
Filler = Callable[[list[int], int, int], Sequence[int]]


@dataclass(frozen=True)
class InfillingSettings:
    """Sizes of the windows and gaps."""

    count: int = 256  # validation windows; they contain no end token
    length: int = 64  # tokens of a window
    spans: tuple[int, ...] = (1, 2, 4, 8)  # sizes of a gap in tokens, each tried once per window
    margin: int = 16  # tokens of text that remain on either side of a gap, at least
    seed: int = 40


def whole_windows(valid: Packed, count: int, length: int, end: int, rng: np.random.Generator) -> torch.Tensor:
    """int64 [count, length]: windows that start at a turn or paragraph and contain no end token (id ``end``). Raises
    TrainingError if the text has too few of them."""
    found, had = [], 0
    for _ in range(100):
        drawn = windows(valid, rng, count, length, opening_share=0.0)
        drawn = drawn[(drawn != end).all(1)]
        found.append(drawn)
        had += len(drawn)
        if had >= count:
            return torch.from_numpy(np.concatenate(found)[:count])
    raise TrainingError(f"The validation text has too few stretches of {length} tokens. Give it longer documents.")


def has_windows(valid: Packed, settings: InfillingSettings, end: int) -> bool:
    """Whether the validation text has enough windows of ``settings.length`` tokens."""
    try:
        whole_windows(valid, settings.count, settings.length, end, np.random.default_rng(settings.seed))
    except TrainingError:
        return False
    return True


def filler(sampler: Sampler) -> Filler:
    """The playground's way to fill a gap: the diffusion twin takes one forward pass per token of the span, most
    confident token first; the AR twin writes from left to right and cannot attend to the text after the gap."""

    def fill_gap(ids: list[int], first: int, span: int) -> Sequence[int]:
        canvas = fill(ids[:first], [*[None] * span, *ids[first + span :]], sampler.noise)
        settings = DenoiseSettings(steps=span, commit="confidence", bar_end=True)
        return [token for token in sampler.settle(canvas, settings).ids[first : first + span] if token is not None]

    return fill_gap


def infilling(fillers: dict[str, Filler], valid: Packed, end: int, settings: InfillingSettings) -> dict[str, Any]:
    """Rates by filler and by size of the span, and over all sizes ("all"): exact (share of spans with every token
    correct) and tokens (share of correct tokens). Raises TrainingError if the windows are too short for the spans."""
    if settings.length < 2 * settings.margin + max(settings.spans):
        raise TrainingError(
            f"Spans of {max(settings.spans)} tokens need windows of more than {settings.length} tokens."
        )
    rng = np.random.default_rng(settings.seed)
    drawn = whole_windows(valid, settings.count, settings.length, end, rng)
    hits: dict[str, dict[int, torch.Tensor]] = {name: {} for name in fillers}
    for span in settings.spans:
        last = settings.length - settings.margin - span
        first = torch.from_numpy(rng.integers(settings.margin, last + 1, size=len(drawn)))
        truth = drawn.gather(1, first[:, None] + torch.arange(span))
        for name, fill_gap in fillers.items():
            guesses = [fill_gap(ids, at, span) for ids, at in zip(drawn.tolist(), first.tolist())]
            hits[name][span] = torch.tensor(guesses) == truth  # bool [count, span]
    return {
        name: {**{str(span): _rates([right]) for span, right in by_span.items()}, "all": _rates(list(by_span.values()))}
        for name, by_span in hits.items()
    }


def _rates(right: list[torch.Tensor]) -> dict[str, float]:
    exact, tokens = (
        torch.cat([of_span.all(1) for of_span in right]),
        torch.cat([of_span.flatten() for of_span in right]),
    )
    return {"exact": round(exact.float().mean().item(), 4), "tokens": round(tokens.float().mean().item(), 4)}
