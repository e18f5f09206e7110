"""What the sampler is asked for: one rule from each axis, and numbers. No torch."""

from __future__ import annotations

from dataclasses import dataclass

from playground.request.conflicts import conflict_of
from playground.request.rules import AXES, COMMITS, REVISIONS, level_of


@dataclass(frozen=True)
class DenoiseSettings:
    """One sampler. Raises ValueError with a sentence where the choices mean nothing together.

    steps: passes that fill the canvas, exactly so many for a commit rule with a pace (fewer where fewer positions are open),
    at most so many for an adaptive one; noise, commit, revise, cache: names in rules.py; commit_level, revise_level: the
    number that tunes a rule, None for its own default; blocks: pieces filled left to right; temperature: of the choice of
    tokens; guidance: classifier-free, 0 for none (LLaDA, 2502.09992); bar_end: never choose the end token; top_p, top_k: what the
    temperature draws from, see passes.likeliest.
    """

    steps: int = 16
    noise: str = "mask"
    commit: str = "confidence"
    commit_level: float | None = None
    revise: str = "none"
    revise_level: float | None = None
    blocks: int = 1
    cache: str = "none"
    temperature: float = 0.0
    guidance: float = 0.0
    seed: int = 0
    bar_end: bool = False
    top_p: float = 1.0
    top_k: int = 0

    def __post_init__(self):
        for axis, names in AXES.items():
            if getattr(self, axis) not in names:
                raise ValueError(
                    f"The {axis} rule must be one of {', '.join(names)}, not {str(getattr(self, axis))[:40]!r}."
                )
        if not 1 <= self.blocks <= self.steps:
            raise ValueError(
                f"{self.blocks} blocks need at least {max(1, self.blocks)} steps, one each, not {self.steps}."
            )
        if why := conflict_of({axis: getattr(self, axis) for axis in AXES}):
            raise ValueError(why)
        _ = self.levels  # within bounds

    @property
    def levels(self) -> tuple[float | None, float | None]:
        """The numbers that tune the commit rule and the revision rule."""
        return level_of(COMMITS[self.commit], self.commit_level), level_of(REVISIONS[self.revise], self.revise_level)

    @property
    def adaptive(self) -> bool:
        return COMMITS[self.commit].pace is None

    @property
    def finishing(self) -> int:
        """The most passes that the revision rule makes when all is full."""
        return REVISIONS[self.revise].finishing

    @property
    def redraws(self) -> bool:
        """Whether every position may change at each pass, also those that are not open."""
        return "redraws" in REVISIONS[self.revise].traits

    @property
    def most_passes(self) -> int:
        """No run makes more passes than this."""
        return self.steps + self.finishing
