"""Blocks and targets: how a canvas is cut into blocks, and how many positions should be settled after each pass.

Blocks are filled from left to right: LLaDA's semi-autoregressive remasking (2502.09992, sec. 2.4).
"""

from __future__ import annotations

import math
from collections.abc import Sequence


def even_shares(total: int, parts: int) -> list[int]:
    """``total`` divided into ``parts`` whole numbers that differ by at most 1, the larger ones first."""
    base, rest = divmod(total, parts)
    return [base + (part < rest) for part in range(parts)]


def split(positions: Sequence[int], blocks: int) -> list[list[int]]:
    """Positions, cut in order into at most ``blocks`` pieces of even size, none of them empty."""
    pieces, at = [], 0
    for size in even_shares(len(positions), blocks):
        if size:
            pieces.append(list(positions[at : at + size]))
        at += size
    return pieces


def even_targets(count: int, passes: int) -> list[int]:
    """How many of ``count`` positions should be settled after each pass: an equal number per pass, and the remainder
    in the first passes (LLaDA, 2502.09992, alg. 5)."""
    targets, total = [], 0
    for share in even_shares(count, passes):
        total += share
        targets.append(total)
    return targets


def cosine_targets(count: int, passes: int) -> list[int]:
    """MaskGIT's cosine schedule (2202.04200, sec. 3.3): the share of open positions after the share r of the passes is
    cos(pi/2 * r). Few positions at first, many at last; at least one per pass."""
    targets, total = [], 0
    for i in range(1, passes + 1):
        left = math.floor(count * math.cos(math.pi / 2 * i / passes))
        total = min(count - (passes - i), max(total + 1, count - left)) if passes <= count else min(count, total + 1)
        targets.append(total)
    targets[-1] = count
    return targets


LEAST_LOOP = 4  # passes, below which ReMDM-loop has no time to remask


def loop_targets(count: int, passes: int) -> list[int]:
    """The schedule of ReMDM-loop (2503.00307, sec. 4.2 and app. D), as published: t_on 0.55, t_off 0.05, alpha 0.9. The
    first 45% of the passes settle nine tenths of the positions. The next 50% keep that number, while tokens are
    remasked and filled again. The last 5%, at least one pass, settle the rest.
    """
    if passes < LEAST_LOOP:
        return even_targets(count, passes)
    rise, last = max(1, round(0.45 * passes)), max(1, round(0.05 * passes))
    plateau = max(1, math.floor(0.9 * count))
    held = [plateau] * (passes - rise - last)
    return even_targets(plateau, rise) + held + [plateau + more for more in even_targets(count - plateau, last)]


def least_targets(count: int, passes: int) -> list[int]:
    """The least number of ``count`` positions that an acceptance rule (commit.py) must have settled after each pass:
    an equal number per pass, so that the limit on passes holds."""
    return [math.ceil(count * (i + 1) / passes) for i in range(passes)]


# by request.rules.Rule.pace
PACES = {"even": even_targets, "cosine": cosine_targets, None: least_targets}
