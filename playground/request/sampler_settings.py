"""The settings of the diffusion sampler: one rule per axis, and numbers. No torch."""

from __future__ import annotations

from dataclasses import dataclass

from playground.request.conflicts import conflict_of
from playground.request.rules import AXES, COMMITS, REVISIONS, check_level, level_of, looks_at_whole
from playground.request.settings_table import SamplerSettings


@dataclass(frozen=True, kw_only=True)
class DenoiseSettings(SamplerSettings):
    """The settings of one sampler. Raises ValueError with a sentence if they conflict.

    ``steps`` is the number of passes that fill the canvas. A commit rule with a pace takes exactly this number, or
    fewer if fewer positions are open; an adaptive rule takes at most this number. ``guidance`` is the scale of
    classifier-free guidance (LLaDA, 2502.09992), 0 for none.
    """

    commit: str = "confidence"  # as in LLaDA; the default of a race differs
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
        """The levels of the commit rule and of the revision rule; None for a rule without a level."""
        return level_of(COMMITS[self.commit], self.commit_level), level_of(REVISIONS[self.revise], self.revise_level)

    @property
    def adaptive(self) -> bool:
        """Whether the commit rule takes as many passes as it needs, instead of a fixed number."""
        return COMMITS[self.commit].pace is None

    @property
    def whole(self) -> bool:
        """Whether a rule looks at the whole text at once, see rules.looks_at_whole."""
        return looks_at_whole(self.revise, self.cache)

    @property
    def finishing(self) -> int:
        """The most passes that the revision rule takes after every position is filled."""
        return REVISIONS[self.revise].finishing

    @property
    def redraws(self) -> bool:
        """Whether every position may change in every pass, also settled ones."""
        return "redraws" in REVISIONS[self.revise].traits
