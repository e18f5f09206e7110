"""What one forward pass decided, in numbers; the common output of both samplers. No text, no page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum

import torch

from playground.samplers.choice import Choice


class Standing(IntEnum):
    """What a position is after a pass. OPEN holds noise, masks included; DRAFT holds an accepted token that may still be
    taken back; SETTLED holds a token that stands."""

    OPEN = 0
    DRAFT = 1
    SETTLED = 2


@dataclass(frozen=True)
class Guess:
    """What the model thinks of one position. id: the token that stands there, or for an open position the one it would
    choose; probability: the model's own for that id; entropy: of the distribution, in nats; best: the likeliest ids with
    their probabilities, best first; committed: whether this pass settled it; swayed: whether another id would be the likeliest
    without guidance."""

    position: int
    id: int
    probability: float
    entropy: float
    best: tuple[tuple[int, float], ...]
    committed: bool
    swayed: bool = False


@dataclass(frozen=True)
class Work:
    """The size of one forward pass: rows of the batch, positions computed and positions attended to in each, and rows of the
    output head in all."""

    rows: int
    queries: int
    keys: int
    head: int


NO_WORK = Work(0, 0, 0, 0)


@dataclass(frozen=True)
class Pass:
    """One forward pass. i = 0 is the start: no pass, no guesses, ms = 0.

    ids: the whole sequence after the pass, prompt included; open masked positions hold the mask, positions that a lane has
    not reached None. open: positions not settled; noise: positions that hold a random token which nobody chose; pinned:
    positions behind the prompt that never change; last: whether the lane ends here; past: of the last pass, the open positions
    after the end of the text, which nobody will settle.
    """

    i: int
    ms: float
    ids: tuple[int | None, ...]
    guesses: tuple[Guess, ...]
    open: frozenset[int]
    last: bool
    noise: frozenset[int] = frozenset()
    pinned: frozenset[int] = frozenset()
    work: Work = NO_WORK
    past: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Outcome:
    """What a pass made of one position, on the host: the guess, the id that stands there now, and its standing."""

    guess: Guess
    id: int
    standing: Standing


def to_host(choice: Choice, ids: torch.Tensor, standing: torch.Tensor, committed: torch.Tensor) -> list[list[float]]:
    """Everything a pass tells the host about its n positions, one row each, in one copy; float32 holds ids below 2**24
    exactly. Read them with ``outcomes``, outside the clock.

    ids int64 [n] and standing int64 [n] hold after the pass; committed bool [n] is what it settled.
    """
    shown = torch.where(standing == Standing.OPEN, choice.ids, ids)
    swayed = torch.zeros_like(committed) if choice.swayed is None else choice.swayed
    columns = (shown, choice.probability_of(shown), choice.entropy, committed, ids, standing, swayed)
    packed = torch.stack([column.float() for column in columns], dim=1)
    return torch.cat([packed, choice.best_ids.float(), choice.best_probability], dim=1).tolist()


def outcomes(positions: Iterable[int], rows: Iterable[Sequence[float]]) -> list[Outcome]:
    """Read the rows of ``to_host``."""
    return [_outcome(position, row) for position, row in zip(positions, rows)]


def _outcome(position: int, row: Sequence[float]) -> Outcome:
    shown, probability, entropy, committed, token, standing, swayed, *best = row
    k = len(best) // 2
    pairs = tuple((int(i), p) for i, p in zip(best[:k], best[k:]))
    guess = Guess(position, int(shown), min(probability, 1.0), max(entropy, 0.0), pairs, bool(committed), bool(swayed))
    return Outcome(guess, int(token), Standing(int(standing)))
