"""What the sampler runs with: one rule from each axis, and numbers. No torch."""

from __future__ import annotations

from dataclasses import dataclass

from playground.request.conflicts import conflict_of
from playground.request.rules import AXES, COMMITS, REVISIONS, check_level, level_of
from playground.request.settings_table import SamplerSettings


@dataclass(frozen=True, kw_only=True)
class DenoiseSettings(SamplerSettings):
    """One sampler. Raises ValueError with a sentence where the choices mean nothing together.

    ``steps`` are the passes that fill the canvas: exactly so many for a commit rule with a pace (fewer where fewer positions are
    open), at most so many for an adaptive one. Guidance is classifier-free (LLaDA, 2502.09992).
    """

    commit: str = "confidence"  # LLaDA's; a race begins with another
    seed: int = 0
    bar_end: bool = False  # never choose the end token

    def __post_init__(self):
        self._check_rules()
        self._check_blocks()
        if why := conflict_of({axis: getattr(self, axis) for axis in AXES}):
            raise ValueError(why)
        check_level(COMMITS[self.commit], self.commit_level)
        check_level(REVISIONS[self.revise], self.revise_level)

    def _check_rules(self) -> None:
        for axis, names in AXES.items():
            if getattr(self, axis) not in names:
                raise ValueError(
                    f"The {axis} rule must be one of {', '.join(names)}, not {str(getattr(self, axis))[:40]!r}."
                )

    def _check_blocks(self) -> None:
        if not 1 <= self.blocks <= self.steps:
            raise ValueError(
                f"{self.blocks} blocks need at least {max(1, self.blocks)} steps, one each, not {self.steps}."
            )

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
