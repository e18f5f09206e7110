"""How a canvas is cut and its passes are shared out: blocks filled left to right (LLaDA, 2502.09992, sec. 2.4), and the
number of positions that should be settled after each pass."""

from __future__ import annotations

import math
from collections.abc import Sequence


def even_shares(total: int, parts: int) -> list[int]:
    """``total`` split over ``parts`` as evenly as whole numbers allow, the remainder first."""
    base, rest = divmod(total, parts)
    return [base + (part < rest) for part in range(parts)]


def split(positions: Sequence[int], blocks: int) -> list[list[int]]:
    """Positions in order, cut into at most ``blocks`` pieces of even size; empty ones left out."""
    pieces, at = [], 0
    for size in even_shares(len(positions), blocks):
        if size:
            pieces.append(list(positions[at : at + size]))
        at += size
    return pieces


def even_targets(count: int, passes: int) -> list[int]:
    """How many of ``count`` positions should be settled after each pass, shares even, remainder first (LLaDA, alg. 5)."""
    targets, total = [], 0
    for share in even_shares(count, passes):
        total += share
        targets.append(total)
    return targets


def cosine_targets(count: int, passes: int) -> list[int]:
    """The cosine schedule of MaskGIT (2202.04200, sec. 3.3): masks left fall as cos(pi/2 * i/passes), at least one a pass."""
    targets, total = [], 0
    for i in range(1, passes + 1):
        left = math.floor(count * math.cos(math.pi / 2 * i / passes))
        total = min(count - (passes - i), max(total + 1, count - left)) if passes <= count else min(count, total + 1)
        targets.append(total)
    targets[-1] = count
    return targets


def loop_targets(count: int, passes: int) -> list[int]:
    """ReMDM's loop (2503.00307, sec. 4.2 and app. D): up to nine tenths in the first quarter of the passes, held there for
    half of them while tokens are masked and filled again, and the rest in the last quarter."""
    quarter = passes // 4
    if not quarter:
        return even_targets(count, passes)
    plateau = max(1, math.floor(0.9 * count))
    rise, held = even_targets(plateau, quarter), [plateau] * (passes - 2 * quarter)
    return rise + held + [plateau + more for more in even_targets(count - plateau, quarter)]


def least_targets(count: int, passes: int) -> list[int]:
    """At least how many of ``count`` positions should be settled after each pass of a rule that takes as many passes as it needs:
    an even share, so that the limit on passes holds."""
    return [math.ceil(count * (i + 1) / passes) for i in range(passes)]


PACES = {"even": even_targets, "cosine": cosine_targets, None: least_targets}  # by Rule.pace
