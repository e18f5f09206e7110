"""How a canvas is cut: blocks filled left to right, each with its share of the passes (LLaDA, 2502.09992, sec. 2.4)."""
from __future__ import annotations


def even_shares(total: int, parts: int) -> list[int]:
    """``total`` split over ``parts`` as evenly as whole numbers allow, the remainder first."""
    base, rest = divmod(total, parts)
    return [base + (part < rest) for part in range(parts)]


def block_bounds(start: int, length: int, blocks: int) -> list[tuple[int, int]]:
    """[first, last) of every block of a canvas of ``length`` positions that begins at ``start``."""
    bounds, at = [], start
    for size in even_shares(length, blocks):
        bounds.append((at, at + size))
        at += size
    return bounds


def plan(start: int, length: int, steps: int, blocks: int) -> list[tuple[int, int, int]]:
    """Every pass as (block first, block last, positions to commit), steps and masks split evenly, remainder first.

    Needs blocks <= steps <= length; then every pass commits at least one position.
    """
    passes = []
    for (first, last), share in zip(block_bounds(start, length, blocks), even_shares(steps, blocks)):
        passes += [(first, last, count) for count in even_shares(last - first, share)]
    return passes
