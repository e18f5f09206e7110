"""Applies a revision rule of the playground to a text with errors, and counts the wrong tokens that it corrects and the
correct tokens that it spoils. The sampler does not know where the errors are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from playground.request.sampler_settings import DenoiseSettings
from playground.samplers.canvas import Canvas
from playground.training.sampling import Sampler

STEPS = 16  # the text has no open position, so only re-noise uses these passes


@dataclass(frozen=True)
class Damaged:
    """A text with errors."""

    right: tuple[int, ...]  # token ids of the correct text, prompt included
    canvas: Canvas  # the text with errors, no position open

    @classmethod
    def of(cls, right: Sequence[int], made: Sequence[int], start: int = 0) -> Damaged:
        """``right`` and ``made`` are the ids without and with errors, equally long; ``start`` is the first position
        after the prompt."""
        wrong = frozenset(at for at, (a, b) in enumerate(zip(right, made, strict=True)) if a != b)
        return cls(tuple(right), Canvas(tuple(made), start, frozenset(), hidden=wrong))

    @property
    def wrong(self) -> frozenset[int]:
        """Positions of the errors."""
        return self.canvas.hidden


@dataclass(frozen=True)
class Mended:
    """Counts of tokens before and after a repair."""

    wrong: int = 0  # tokens that were wrong
    repaired: int = 0  # of these, tokens that are correct afterwards
    right: int = 0  # tokens that were correct
    spoiled: int = 0  # of these, tokens that are wrong afterwards

    def __add__(self, other: Mended) -> Mended:
        return Mended(
            self.wrong + other.wrong,
            self.repaired + other.repaired,
            self.right + other.right,
            self.spoiled + other.spoiled,
        )

    def shares(self, digits: int) -> dict[str, float]:
        """The share of the wrong tokens that were repaired and of the correct ones that were spoiled, rounded."""
        return {
            "repaired": round(self.repaired / max(1, self.wrong), digits),
            "spoiled": round(self.spoiled / max(1, self.right), digits),
        }


def mend(sampler: Sampler, damaged: Damaged, revise: str, level: float | None = None, **rules) -> Mended:
    """Repair one text as the page does. ``revise`` and ``level`` are the revision rule and its threshold; ``rules`` are
    other fields of DenoiseSettings."""
    settings = DenoiseSettings(steps=STEPS, noise="tokens", revise=revise, revise_level=level, bar_end=True, **rules)
    after, wrong = sampler.settle(damaged.canvas, settings).ids, damaged.wrong
    changeable = range(damaged.canvas.start, len(after))
    return Mended(
        wrong=len(wrong),
        repaired=sum(after[at] == damaged.right[at] for at in wrong),
        right=len(changeable) - len(wrong),
        spoiled=sum(after[at] != damaged.right[at] for at in changeable if at not in wrong),
    )
