"""The blocks of a block-causal model: where they begin, and what a position of a finished block sees."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

import torch


@dataclass(frozen=True)
class BlockGrid:
    """Blocks of ``size`` positions, counted from position ``first``. Blocks before it have negative numbers, so that a
    prompt is cut as well.

    ``first`` must be as in training: another one gives plausible but worse text, and never an error. SDAR, LLaDA 2 and
    Fast-dLLM v2 count from position 0, so the prompt's last block may be finished together with the first tokens of the
    reply. BD3-LM counts from the end of the prompt.
    """

    size: int
    first: int = 0

    def bounds(self, at: int) -> range:
        """The positions of the block that holds position ``at``, without those before the sequence."""
        start = self.first + (at - self.first) // self.size * self.size
        return range(max(0, start), start + self.size)

    def pieces(self, positions: Iterable[int]) -> list[list[int]]:
        """Positions, given in order, cut where a block begins."""
        return [list(block) for _, block in groupby(positions, lambda at: (at - self.first) // self.size)]

    def seen(self, at: torch.Tensor, keys: int) -> torch.Tensor:
        """Which of the first ``keys`` positions a finished position sees: its own block and those before it. Bool
        [n, keys] for positions ``at``, int64 [n]."""
        return self._numbers(at)[:, None] >= self._numbers(torch.arange(keys, device=at.device))

    def _numbers(self, at: torch.Tensor) -> torch.Tensor:
        """The numbers of the blocks that hold positions ``at``, both int64 [n]."""
        return (at - self.first).div(self.size, rounding_mode="floor")


@dataclass(frozen=True)
class CausalPrefixGrid(BlockGrid):
    """Blocks that are open only while they are written (Nemotron-Labs-Diffusion): a finished position sees what is before
    it, as in an AR model."""

    def seen(self, at: torch.Tensor, keys: int) -> torch.Tensor:
        """See BlockGrid."""
        return at[:, None] >= torch.arange(keys, device=at.device)
