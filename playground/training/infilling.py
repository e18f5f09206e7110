"""A span cut out of the middle of validation text: what each twin puts there, against what stood there.

The diffusion twin sees both sides, the AR twin only what lies to the left: that is the difference between the methods.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from playground.errors import TrainingError
from playground.training.corpus import Packed, windows

# (ids int64 [n, length], first int64 [n], span) -> guesses int64 [n, span] for the positions [first, first + span)
Filler = Callable[[torch.Tensor, torch.Tensor, int], torch.Tensor]


@dataclass(frozen=True)
class InfillingSettings:
    """count: validation windows of ``length`` tokens, whole text without an end; spans: tokens cut out, each size once per
    window; margin: tokens of text that stay on either side at least; rows: windows per forward pass."""

    count: int = 256
    length: int = 64
    spans: tuple[int, ...] = (1, 2, 4, 8)
    margin: int = 16
    rows: int = 32
    seed: int = 40


def whole_windows(valid: Packed, count: int, length: int, end: int, rng: np.random.Generator) -> torch.Tensor:
    """int64 [count, length]: windows from turns or paragraphs on that hold text only. Raises TrainingError for none."""
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
    """Whether there is text enough for gaps to be cut into."""
    try:
        whole_windows(valid, settings.count, settings.length, end, np.random.default_rng(settings.seed))
    except TrainingError:
        return False
    return True


def fill_from_both_sides(model: torch.nn.Module, mask: int, barred: list[int]) -> Filler:
    """One forward pass per token of the span, the surest first: the playground's confidence rule, for many rows at once."""

    def fill(ids: torch.Tensor, first: torch.Tensor, span: int) -> torch.Tensor:
        places = first[:, None] + torch.arange(span)  # [n, span]
        row = torch.arange(len(ids))
        canvas, still_open = ids.scatter(1, places, mask), torch.ones_like(places, dtype=torch.bool)
        for _ in range(span):
            best, chance = _likeliest(model, canvas, places, barred)
            at = chance.masked_fill(~still_open, -1.0).argmax(1)
            canvas[row, places[row, at]] = best[row, at]
            still_open[row, at] = False
        return canvas.gather(1, places)

    return fill


def fill_from_the_left(model: torch.nn.Module, barred: list[int]) -> Filler:
    """The likeliest next token, so many times; a causal model sees nothing of what stands to the right."""

    def fill(ids: torch.Tensor, first: torch.Tensor, span: int) -> torch.Tensor:
        canvas = ids.clone()
        for offset in range(span):
            places = (first + offset)[:, None]
            best, _ = _likeliest(model, canvas, places - 1, barred)
            canvas.scatter_(1, places, best)
        return canvas.gather(1, first[:, None] + torch.arange(span))

    return fill


@torch.inference_mode()
def _likeliest(
    model: torch.nn.Module, ids: torch.Tensor, places: torch.Tensor, barred: list[int]
) -> tuple[torch.Tensor, torch.Tensor]:
    """What the model says at places int64 [n, k]: the likeliest ids int64 [n, k] and their probabilities."""
    hidden = model.model(ids, use_cache=False).last_hidden_state
    logits = model.lm_head(hidden.gather(1, places[..., None].expand(-1, -1, hidden.shape[-1]))).float()
    logits[..., barred] = -torch.inf
    chance, best = logits.softmax(-1).max(-1)
    return best, chance


def infilling(fillers: dict[str, Filler], valid: Packed, end: int, settings: InfillingSettings) -> dict[str, Any]:
    """By filler, over all spans and by size: exact (share of spans that are right in every token), tokens (share of tokens
    that are right)."""
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
        for name, fill in fillers.items():
            guesses = [
                fill(drawn[at : at + settings.rows], first[at : at + settings.rows], span)
                for at in range(0, len(drawn), settings.rows)
            ]
            hits[name][span] = torch.cat(guesses) == truth  # bool [count, span]
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
