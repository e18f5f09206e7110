"""Where a reply is over and its model goes on with a turn that nobody asked for, since every lane writes a text of one
length. The page has the same rule in assets/stage/next_turn.js."""

from __future__ import annotations

import re
from collections.abc import Sequence

from playground.trace.trace import SETTLED, Change

OPEN = "\0"  # stands for a position that is open
TURN = re.compile(r"(?<=[\s\0])(?:User|Assistant)*User:")  # said twice or more by a model that stumbles


def next_turn(cells: Sequence[Change | None], prompt: int) -> int:
    """The index of the first cell of a settled "User:" after a prompt that was sent as a dialogue, or of the line breaks
    before it; the number of cells without one. prompt: cells that hold it."""
    texts = [cell.text if cell and cell.state in SETTLED else OPEN for cell in cells]
    found = TURN.search("".join(texts[prompt:]))
    if "User:" not in "".join(texts[:prompt]) or not found:
        return len(cells)
    read, at = 0, prompt
    while read + len(texts[at]) <= found.start():
        read += len(texts[at])
        at += 1
    while at > prompt and not texts[at - 1].strip():
        at -= 1
    return at
