"""The canvas with which a lane starts: a sequence in which some tokens are given, some are noise, and some are pinned.

Both samplers read the same canvas. The diffusion sampler sees all of it, the AR sampler only what is left of the
position that it writes.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import torch

from playground.samplers.noise import Noise


@dataclass(frozen=True)
class Canvas:
    """The start of a lane. Positions count from the first prompt token. Raises ValueError if ``open``, ``pinned`` and
    ``hidden`` overlap or leave the canvas."""

    ids: tuple[int, ...]  # the whole sequence: prompt, given tokens and noise
    start: int  # first position after the prompt
    open: frozenset[int]  # noise that the sampler knows of and must settle
    pinned: frozenset[int] = frozenset()  # tokens after the prompt that never change
    hidden: frozenset[int] = frozenset()  # noise that the sampler does not know of: random tokens in a given text

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
        """The number of positions after the prompt."""
        return len(self.ids) - self.start

    @property
    def free(self) -> list[int]:
        """The positions that may change, in order."""
        return [at for at in range(self.start, len(self.ids)) if at not in self.pinned]

    def end_of_text(self, ends: Collection[int], pins_only: bool = False) -> int | None:
        """The position of the end token that ends the text before the first pass; None if there is none.

        That is the last pin if it is an end token, else the result of the function ``end_of_text``. ends: ids of the
        end tokens; pins_only: count only pinned end tokens, because every other token may change.
        """
        last_pinned = max(self.pinned, default=-1)
        if last_pinned >= 0 and self.ids[last_pinned] in ends:
            return last_pinned
        return None if pins_only else end_of_text(self.ids, self.start, self.open, last_pinned, ends)

    @property
    def given(self) -> frozenset[int]:
        """The positions after the prompt that hold given tokens: neither open nor hidden. The AR sampler copies them,
        so unlike the diffusion sampler it knows where the hidden noise is."""
        return frozenset(range(self.start, len(self.ids))) - self.open - self.hidden


def end_of_text(
    ids: Sequence[int | None], start: int, open_positions: Collection[int], last_pinned: int, ends: Collection[int]
) -> int | None:
    """The position at which a text ends: its first end token with no open position before it and no pin after it.
    None if there is none yet.

    A text with a pin after an end token goes on at least to the pin. ids: the whole sequence; start: first position
    after the prompt; last_pinned: -1 for none; ends: ids of the end tokens.
    """
    for at in range(start, len(ids)):
        if at in open_positions:
            return None
        if ids[at] in ends and at >= last_pinned:
            return at
    return None


# Added to the seed of a canvas's noise. The sampler's own generator begins with the seed itself, so with the same one here
# the first noise that re-noise puts in place of a refused guess would be the very token that stood there. A corrupted
# text does without, because its places are drawn before its noise.
APART = 1_000_003


def blank(prompt: Sequence[int], length: int, noise: Noise, name: str = "mask", seed: int = 0) -> Canvas:
    """A prompt followed by ``length`` positions of noise. name: a key of rules.NOISES."""
    return fill(prompt, [None] * length, noise, name, seed)


def fill(
    prompt: Sequence[int], template: Sequence[int | None], noise: Noise, name: str = "mask", seed: int = 0
) -> Canvas:
    """A prompt followed by a template: its ids are pinned, each None becomes noise. name: a key of rules.NOISES."""
    start = len(prompt)
    open_positions = [start + at for at, token in enumerate(template) if token is None]
    pinned = frozenset(start + at for at, token in enumerate(template) if token is not None)
    drawn = iter(noise.draw(name, len(open_positions), torch.Generator().manual_seed(seed + APART)).tolist())
    ids = [next(drawn) if token is None else token for token in template]
    return Canvas((*prompt, *ids), start, frozenset(open_positions), pinned)


def corrupt(
    prompt: Sequence[int], text: Sequence[int], share: float, noise: Noise, name: str = "mask", seed: int = 0
) -> Canvas:
    """A prompt followed by a text of which a ``share`` of the tokens, at least one, is replaced by noise. Nothing is
    pinned.

    The sampler can see masks, so their positions are open. It cannot tell random tokens from text, so their positions
    are hidden, and only a revision rule can find them. name: a key of rules.NOISES.
    """
    generator = torch.Generator().manual_seed(seed)
    count = min(len(text), max(1, round(share * len(text))))
    chosen = torch.randperm(len(text), generator=generator)[:count].sort().values.tolist()
    ids, masked, hidden = list(text), set[int](), set[int]()
    for at, token in zip(chosen, noise.draw(name, count, generator).tolist()):
        ids[at] = token
        (masked if token == noise.mask else hidden).add(len(prompt) + at)
    return Canvas((*prompt, *ids), len(prompt), frozenset(masked), hidden=frozenset(hidden))
