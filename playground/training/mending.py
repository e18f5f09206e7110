"""A text with errors, and what a revision rule of the playground makes of it: which wrong tokens it puts right, which right ones it
spoils. The sampler is not told where the errors are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from playground.request.sampler_settings import DenoiseSettings
from playground.samplers.canvas import Canvas
from playground.training.sampling import Sampler

STEPS = 16  # no position is open, so only re-noise takes passes before the text is full


@dataclass(frozen=True)
class Damaged:
    """A text with errors. right: the clean ids, prompt included; canvas: with errors in it, none of them open."""

    right: tuple[int, ...]
    canvas: Canvas

    @classmethod
    def of(cls, right: Sequence[int], made: Sequence[int], start: int = 0) -> Damaged:
        """right, made: ids without and with errors, of one length; start: first position after the prompt."""
        wrong = frozenset(at for at, (a, b) in enumerate(zip(right, made, strict=True)) if a != b)
        return cls(tuple(right), Canvas(tuple(made), start, frozenset(), hidden=wrong))

    @property
    def wrong(self) -> frozenset[int]:
        """Positions of the errors."""
        return self.canvas.hidden


@dataclass(frozen=True)
class Mended:
    """Counts of tokens.

    wrong: they held an error
    repaired: of the wrong ones, those that hold the right token afterwards
    right: they held none
    spoiled: of the right ones, those that hold another token afterwards
    """

    wrong: int = 0
    repaired: int = 0
    right: int = 0
    spoiled: int = 0

    def __add__(self, other: Mended) -> Mended:
        return Mended(
            self.wrong + other.wrong,
            self.repaired + other.repaired,
            self.right + other.right,
            self.spoiled + other.spoiled,
        )

    def shares(self, digits: int) -> dict[str, float]:
        """repaired: of the wrong tokens; spoiled: of the right ones."""
        return {
            "repaired": round(self.repaired / max(1, self.wrong), digits),
            "spoiled": round(self.spoiled / max(1, self.right), digits),
        }


def mend(sampler: Sampler, damaged: Damaged, revise: str, level: float | None = None, **rules) -> Mended:
    """Mend one text as the page does. revise, level: the revision rule and its number; rules: others of DenoiseSettings."""
    settings = DenoiseSettings(steps=STEPS, noise="tokens", revise=revise, revise_level=level, bar_end=True, **rules)
    after, wrong = sampler.settle(damaged.canvas, settings).ids, damaged.wrong
    changeable = range(damaged.canvas.start, len(after))
    return Mended(
        wrong=len(wrong),
        repaired=sum(after[at] == damaged.right[at] for at in wrong),
        right=len(changeable) - len(wrong),
        spoiled=sum(after[at] != damaged.right[at] for at in changeable if at not in wrong),
    )
