"""The signs of living noise, as assets/stage/noise.js scrambles them."""

from __future__ import annotations

SIGNS = "abcdefghjkmnopqrstuvwxyz#@!&*%?+=$"
WORD = 0xFFFFFFFF


def scrambled(at: int, turn: int) -> str:
    """Signs for a position, the same ones every time: between two and five. They change at some turns only, so that
    few positions change at once."""
    turn = (turn + at * 5) // 4
    seed = ((at + 1) * 2654435761 ^ (turn + 1) * 40503) & WORD
    drawn = []
    for _ in range(6):
        seed = (seed * 1664525 + 1013904223) & WORD
        drawn.append(seed >> 16)
    return "".join(SIGNS[one % len(SIGNS)] for one in drawn[1 : 3 + drawn[0] % 4])
