"""Where a lane starts: a sequence in which some positions are given, some are noise, and some never change.

Both samplers read the same canvas: the diffusion lane sees all of it, the AR lane only what lies left of where it writes.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import torch

from playground.samplers.noise import Noise


@dataclass(frozen=True)
class Canvas:
    """ids: the whole sequence with its noise in place; start: first position behind the prompt; open: positions that the
    sampler knows to be noise and must settle; pinned: positions behind the prompt that never change; hidden: positions that
    hold noise which the sampler is not told of (a text corrupted with random tokens). Raises ValueError where these overlap
    or leave the canvas."""

    ids: tuple[int, ...]
    start: int
    open: frozenset[int]
    pinned: frozenset[int] = frozenset()
    hidden: frozenset[int] = frozenset()

    def __post_init__(self):
        inside = range(self.start, len(self.ids))
        for name in ("open", "pinned", "hidden"):
            if any(at not in inside for at in getattr(self, name)):
                raise ValueError(
                    f"A position of {name} lies outside the canvas, which holds {self.start} to {len(self.ids) - 1}."
                )
        if self.open & self.pinned or self.hidden & (self.open | self.pinned):
            raise ValueError("A position of the canvas is both noise and given.")

    @property
    def length(self) -> int:
        """Positions behind the prompt."""
        return len(self.ids) - self.start

    @property
    def free(self) -> list[int]:
        """Positions that may change, in order."""
        return [at for at in range(self.start, len(self.ids)) if at not in self.pinned]

    def end_of_text(self, end: int, pins_only: bool = False) -> int | None:
        """Where the text is over before anybody writes: at a pinned end token with no pin after it, or as ``end_of_text`` finds
        it. pins_only: what is not pinned may change."""
        last_pinned = max(self.pinned, default=-1)
        if last_pinned >= 0 and self.ids[last_pinned] == end:
            return last_pinned
        return None if pins_only else end_of_text(self.ids, self.start, self.open, last_pinned, end)

    @property
    def given(self) -> frozenset[int]:
        """Positions behind the prompt that a writer who is told which tokens are noise may take as they are."""
        return frozenset(range(self.start, len(self.ids))) - self.open - self.hidden


def end_of_text(
    ids: Sequence[int | None], start: int, open_positions: Collection[int], last_pinned: int, end: int
) -> int | None:
    """Where a text is over: its first end token with nothing open before it and no pin after it, None where there is none yet.

    A pin after an end token is text that must be read, so the text goes on to it.
    """
    for at in range(start, len(ids)):
        if at in open_positions:
            return None
        if ids[at] == end and at >= last_pinned:
            return at
    return None


def blank(prompt: Sequence[int], length: int, noise: Noise, name: str = "mask", seed: int = 0) -> Canvas:
    """A prompt and ``length`` positions of noise."""
    return fill(prompt, [None] * length, noise, name, seed)


def fill(
    prompt: Sequence[int], template: Sequence[int | None], noise: Noise, name: str = "mask", seed: int = 0
) -> Canvas:
    """A prompt and a template behind it: ids that are pinned, None where there is noise."""
    start = len(prompt)
    open_positions = [start + at for at, token in enumerate(template) if token is None]
    pinned = frozenset(start + at for at, token in enumerate(template) if token is not None)
    drawn = iter(noise.draw(name, len(open_positions), torch.Generator().manual_seed(seed)).tolist())
    ids = [next(drawn) if token is None else token for token in template]
    return Canvas((*prompt, *ids), start, frozenset(open_positions), pinned)


def corrupt(
    prompt: Sequence[int], text: Sequence[int], share: float, noise: Noise, name: str = "mask", seed: int = 0
) -> Canvas:
    """A given text with ``share`` of its tokens (at least one) turned into noise, nothing pinned.

    Masks can be seen, so those positions are open. Random tokens cannot: they are ``hidden``, and only a revision rule can
    find them.
    """
    generator = torch.Generator().manual_seed(seed)
    count = min(len(text), max(1, round(share * len(text))))
    chosen = torch.randperm(len(text), generator=generator)[:count].sort().values.tolist()
    ids, masked, hidden = list(text), set[int](), set[int]()
    for at, token in zip(chosen, noise.draw(name, count, generator).tolist()):
        ids[at] = token
        (masked if token == noise.mask else hidden).add(len(prompt) + at)
    return Canvas((*prompt, *ids), len(prompt), frozenset(masked), hidden=frozenset(hidden))
