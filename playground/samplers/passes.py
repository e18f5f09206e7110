"""What one forward pass decided, as numbers: the output that both samplers share. No text, no page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum

import torch

from playground.samplers.choice import Choice


class Standing(IntEnum):
    """The state of a position after a pass."""

    OPEN = 0  # holds noise, masks included
    DRAFT = 1  # holds an accepted token that the next pass may turn back into noise (re-noise only)
    SETTLED = 2  # holds a token that only a revision rule may change


@dataclass(frozen=True)
class Guess:
    """The model's prediction for one position in one pass."""

    position: int
    id: int  # the token that the position holds after the pass; at an open position the token that the model guesses
    probability: float  # the model's probability of ``id``
    entropy: float  # of the distribution, in nats
    best: tuple[tuple[int, float], ...]  # the likeliest ids with their probabilities, best first
    committed: bool  # whether this pass settled the position
    swayed: bool = False  # whether another id would be the likeliest without guidance


@dataclass(frozen=True)
class Work:
    """The size of one forward pass, from which metrics/cost.py calculates its cost."""

    rows: int  # sequences in the batch
    queries: int  # positions computed per row
    keys: int  # positions that each of them attends to, cached ones included
    head: int  # positions whose logits are computed, over all rows
    after: int = 0  # positions after the computed ones, which a cache holds


NO_WORK = Work(0, 0, 0, 0)


@dataclass(frozen=True)
class Pass:
    """The sequence after one forward pass. i = 0 is the start: no pass, no guesses, ms = 0."""

    i: int
    ms: float  # time of this pass
    ids: tuple[int | None, ...]  # the whole sequence, prompt included; None: not reached yet (AR)
    guesses: tuple[Guess, ...]  # predictions of this pass
    open: frozenset[int]  # positions that are not settled
    last: bool  # whether the lane ends with this pass
    noise: frozenset[int] = frozenset()  # positions that hold a random token, not one that the model chose
    pinned: frozenset[int] = frozenset()  # positions after the prompt that never change
    work: Work = NO_WORK
    past: frozenset[int] = frozenset()  # in the last pass: open positions after the end of the text, which stay open
    owed: int = 0  # positions that the limit on passes made it settle; 0: no limit did
    put_end: int | None = None  # position whose token gave way to the end token, which the model did not write


@dataclass(frozen=True)
class Outcome:
    """The result of a pass at one position, on the host."""

    guess: Guess
    id: int  # the token that the position holds after the pass
    standing: Standing


def to_host(choice: Choice, ids: torch.Tensor, standing: torch.Tensor, committed: torch.Tensor) -> list[list[float]]:
    """Copy the results of a pass at n positions to the host, in a single copy: one row of numbers per position.

    Everything is packed as float32, which is exact for ids below 2**24. Decode the rows with ``outcomes``, outside
    the clock.

    choice: of this pass. ids, standing: int64 [n], after the pass. committed: bool [n], the positions that it settled.
    """
    shown = torch.where(standing == Standing.OPEN, choice.ids, ids)
    swayed = torch.zeros_like(committed) if choice.swayed is None else choice.swayed
    columns = (shown, choice.probability_of(shown), choice.entropy, committed, ids, standing, swayed)
    packed = torch.stack([column.float() for column in columns], dim=1)
    return torch.cat([packed, choice.best_ids.float(), choice.best_probability], dim=1).tolist()


def outcomes(positions: Iterable[int], rows: Iterable[Sequence[float]]) -> list[Outcome]:
    """Decode the rows of ``to_host``. positions: in the same order."""
    return [_outcome(position, row) for position, row in zip(positions, rows)]


def _outcome(position: int, row: Sequence[float]) -> Outcome:
    shown, probability, entropy, committed, token, standing, swayed, *best = row
    k = len(best) // 2
    pairs = tuple((int(i), p) for i, p in zip(best[:k], best[k:]))
    guess = Guess(position, int(shown), min(probability, 1.0), max(entropy, 0.0), pairs, bool(committed), bool(swayed))
    return Outcome(guess, int(token), Standing(int(standing)))
