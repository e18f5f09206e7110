"""Commit rules: which open positions become tokens in this pass.

Two kinds. An *order* scores the guesses and the pace says how many are taken, the highest first. An *acceptance* says yes or
no to each guess by itself, so that a run takes as many passes as it needs. Names and papers stand in rules.COMMITS.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import torch

from playground.samplers.choice import Choice

SPREAD_ROUNDS = 4
KLASS_KL, KLASS_PASSES = 0.01, 2  # nats, and passes that a guess must have held still (2511.05664, sec. 4)


@dataclass(frozen=True)
class View:
    """What the rules see of the n positions of a pass, on the device: where they are, int64 [n]; the choice; ids int64 [n] that
    stand there; open bool [n]; settled_probability float32 [n], of the token when it was settled; still int64 [n], passes for
    which the guess has held still (KLASS); progress in [0, 1), the share of the passes already made; generator on the same device;
    unseen float32 [n], the probability of the token that stands there when it is not seen itself (WINO)."""

    positions: torch.Tensor
    choice: Choice
    ids: torch.Tensor
    open: torch.Tensor
    settled_probability: torch.Tensor | None
    still: torch.Tensor | None
    progress: float
    generator: torch.Generator
    unseen: torch.Tensor | None = None

    @cached_property
    def nothing(self) -> torch.Tensor:
        """No position, bool [n]; not to be written to."""
        return torch.zeros_like(self.open)


def by_confidence(view: View, level: float | None) -> torch.Tensor:
    """LLaDA's low-confidence remasking (2502.09992, alg. 5): keep what the model is surest of. Scores float [n]."""
    return view.choice.probability


def by_spread_confidence(view: View, level: float) -> torch.Tensor:
    """Surest first, but a guess with a surer one at most ``level`` places away waits for a later pass. Scores float [n].

    Tokens of one pass are chosen without seeing each other, and neighbours depend on each other most. The dilated schedule (DUS,
    2506.19037) therefore fixes beforehand which places go together, far apart; here confidence chooses them. Round by round
    whoever is the surest nearby is taken and silences its surroundings; what is left over after SPREAD_ROUNDS comes last.
    """
    reach = int(level)
    probability = view.choice.probability.where(view.open, -1.0)
    near = (view.positions[:, None] - view.positions[None]).abs() <= reach  # [n, n]
    order = probability.argsort(stable=True).argsort()  # no two are equal
    taken, waiting = torch.zeros_like(view.open), view.open.clone()
    for _ in range(SPREAD_ROUNDS):
        rank = order.where(waiting, -1)
        surest = waiting & (rank == rank.where(near, -2).amax(1))
        taken |= surest
        waiting &= ~(near & surest).any(1)
    return probability + taken


def at_random(view: View, level: float | None) -> torch.Tensor:
    """LLaDA's random remasking (2502.09992, alg. 4): any open position is as good as another. Scores float [n]."""
    return torch.rand(view.open.shape, generator=view.generator, device=view.open.device)


def by_shaken_confidence(view: View, level: float) -> torch.Tensor:
    """MaskGIT (2202.04200, sec. 3.3 and its code): log probability plus Gumbel noise that fades with progress. [n]."""
    if level == 0:
        return view.choice.probability
    gumbel = -torch.empty_like(view.choice.probability).exponential_(generator=view.generator).log()
    return view.choice.probability.log() + level * (1 - view.progress) * gumbel


def by_margin(view: View, level: float | None) -> torch.Tensor:
    """Dream's topk_margin (2508.15487): the lead of the likeliest token over the second. Scores float [n]."""
    return view.choice.best_probability[:, 0] - view.choice.best_probability[:, 1]


def by_entropy(view: View, level: float | None) -> torch.Tensor:
    """Dream's entropy order (2508.15487): sum p log p, highest where the distribution is decided. Scores float [n]."""
    return -view.choice.entropy


def above_threshold(view: View, level: float) -> torch.Tensor:
    """Fast-dLLM's threshold (2505.22618, alg. 1): every guess of at least this probability. Bool [n]."""
    return view.open & (view.choice.probability >= level)


def by_factor(view: View, level: float) -> torch.Tensor:
    """Fast-dLLM's factor (2505.22618, sec. 3.3): the largest n whose n-th surest guess has p >= 1 - f/(n+1). Bool [n]."""
    sorted_p, order = view.choice.probability.where(view.open, -1.0).sort(descending=True)
    n = torch.arange(1, len(sorted_p) + 1, device=sorted_p.device)
    allowed = (sorted_p >= 1 - level / (n + 1)) & (sorted_p >= 0)
    size = (allowed * n).max()  # the largest n, also where a smaller one fails
    return torch.zeros_like(view.open).scatter(0, order, n <= size) & view.open


def when_still(view: View, level: float) -> torch.Tensor:
    """KLASS (2511.05664, eq. 6): sure, and the distribution has not moved for two passes. Bool [n]."""
    return view.open & (view.choice.probability > level) & (view.still >= KLASS_PASSES)


def within_entropy_bound(view: View, level: float) -> torch.Tensor:
    """EB-Sampler (2505.24857, eq. 7): the largest set, lowest entropies first, with sum(H) - max(H) <= bound. Bool [n]."""
    entropy, order = view.choice.entropy.where(view.open, torch.inf).sort()
    before = entropy.cumsum(0) - entropy  # sorted, so the last one taken is the highest
    return torch.zeros_like(view.open).scatter(0, order, (before <= level) & entropy.isfinite())


ORDERS: dict[str, Callable[[View, float | None], torch.Tensor]] = {
    "confidence": by_confidence,
    "spread": by_spread_confidence,
    "random": at_random,
    "maskgit": by_shaken_confidence,
    "margin": by_margin,
    "entropy": by_entropy,
}
ACCEPTANCES: dict[str, Callable[[View, float], torch.Tensor]] = {
    "threshold": above_threshold,
    "factor": by_factor,
    "klass": when_still,
    "entropy_bound": within_entropy_bound,
}


def highest(scores: torch.Tensor, among: torch.Tensor, count: int | torch.Tensor) -> torch.Tensor:
    """Bool [n], true at the ``count`` highest scores among the given (bool [n]); fewer where there are fewer. A count on the
    device needs no copy to the host."""
    scores = scores.where(among, -torch.inf)
    if isinstance(count, int):
        chosen = torch.zeros_like(among)
        chosen.index_fill_(0, scores.topk(min(max(count, 0), len(scores))).indices, True)
    else:
        rank = torch.empty_like(scores, dtype=torch.long)
        rank[scores.argsort(descending=True)] = torch.arange(len(scores), device=scores.device)
        chosen = rank < count
    return chosen & among


def chosen(view: View, name: str, level: float | None, owed: int | torch.Tensor) -> torch.Tensor:
    """The open positions that the commit rule of this name takes, bool [n]: so many as are owed in its order, or what it accepts
    and at least as many as are owed, an int then, of the surest and never none."""
    if name in ACCEPTANCES:
        return ACCEPTANCES[name](view, level) | highest(view.choice.probability, view.open, max(1, owed))
    return highest(ORDERS[name](view, level), view.open, owed)


class Stillness:
    """For how many passes in a row each position's distribution has moved by less than KLASS_KL nats (KLASS, 2511.05664)."""

    def __init__(self, length: int, vocabulary: int, device: torch.device):
        self._log_p = torch.zeros(length, vocabulary, device=device)
        self._still = torch.zeros(length, dtype=torch.long, device=device)
        self._seen = torch.zeros(length, dtype=torch.bool, device=device)

    def update(self, at: torch.Tensor, choice: Choice) -> torch.Tensor:
        """Take the new log probabilities [n, vocabulary] at positions ``at``; passes held still, int64 [n]."""
        kl = torch.linalg.vecdot(choice.log_p.exp(), choice.log_p - self._log_p[at])
        still = torch.where(self._seen[at] & (kl < KLASS_KL), self._still[at] + 1, 0)
        self._log_p[at], self._still[at] = choice.log_p, still
        self._seen.index_fill_(0, at, True)  # setting items to a number waits for a copy of it to the device
        return still
