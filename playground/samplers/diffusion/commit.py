"""Commit rules: which open positions are settled in this pass. Their names and papers are in request/rules.py COMMITS.

There are two kinds. An *order* scores the guesses, and the pass commits those with the highest scores, as many as its
targets (blocks.py) require. An *acceptance* accepts or rejects each guess by itself, so that a run takes as many
passes as it needs.

LLaDA (2502.09992) names its rules after the positions that are *not* chosen, because it predicts all masked positions
and then remasks some of them. The same rules in our words::

    LLaDA                       here
    transfer a token            commit a guess: the position settles
    low-confidence remasking    the order "confidence", surest first
    random remasking            the order "random"
    remask (within a pass)      leave open; here, *remasked* always means that a settled token becomes a mask again

fill.py has the loop around it, with the paper's other words.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import torch

from playground.samplers.choice import Choice

SPREAD_ROUNDS = 4
KLASS_KL, KLASS_PASSES = 0.01, 2  # nats, and passes for which a distribution must be stable (2511.05664, sec. 4)


@dataclass(frozen=True)
class View:
    """What the rules see of a pass at n positions. All tensors are on the device."""

    positions: torch.Tensor  # int64 [n]
    choice: Choice  # the model's predictions and the guesses drawn from them
    ids: torch.Tensor  # int64 [n], the tokens that the positions hold before the pass writes
    open: torch.Tensor  # bool [n], not settled
    settled_probability: torch.Tensor | None  # float32 [n], of each token when it settled (ReMDM-conf)
    still: torch.Tensor | None  # int64 [n], passes for which the distribution has been stable (KLASS)
    progress: float  # share of the passes that are done once this one is, in (0, 1]
    generator: torch.Generator  # on the same device
    unseen: torch.Tensor | None = None  # float32 [n], probability of each token when it is masked itself (WINO)

    @cached_property
    def nothing(self) -> torch.Tensor:
        """No position: bool [n], all false. Shared, so do not write to it."""
        return torch.zeros_like(self.open)


def by_confidence(view: View, level: float | None) -> torch.Tensor:
    """Surest first: the guesses of highest probability. LLaDA's low-confidence remasking (2502.09992, alg. 5). Scores
    [n]."""
    return view.choice.probability


def by_spread_confidence(view: View, level: float) -> torch.Tensor:
    """Surest first, but a guess waits if a surer one is at most ``level`` positions away. Scores float [n].

    Tokens of one pass are predicted independently of each other, and neighbours depend on each other most. The
    dilated schedule (DUS, 2506.19037) therefore commits positions together that are far apart, and fixes them in
    advance. Here confidence selects them: each round takes every guess that is the surest within its reach and
    excludes the others in its reach. Guesses that no round takes come last. There are SPREAD_ROUNDS rounds: where more
    guesses are due than they take, as on a ramp of probabilities, two close together can be chosen while others farther
    apart are left.
    """
    reach = int(level)
    probability = view.choice.probability.where(view.open, -1.0)
    near = (view.positions[:, None] - view.positions[None]).abs() <= reach  # [n, n]
    order = probability.argsort(stable=True).argsort()  # ranks, so that no two are equal
    taken, waiting = torch.zeros_like(view.open), view.open.clone()
    for _ in range(SPREAD_ROUNDS):
        rank = order.where(waiting, -1)
        surest = waiting & (rank == rank.where(near, -2).amax(1))
        taken |= surest
        waiting &= ~(near & surest).any(1)
    return probability + taken


def at_random(view: View, level: float | None) -> torch.Tensor:
    """Any order: open positions at random. LLaDA's random remasking (2502.09992, alg. 4). Scores float [n]."""
    return torch.rand(view.open.shape, generator=view.generator, device=view.open.device)


def by_shaken_confidence(view: View, level: float) -> torch.Tensor:
    """MaskGIT (2202.04200, sec. 3.3 and its code): log probability plus Gumbel noise that fades with progress. Of T
    passes, the noise has (T-1)/T of the level in the first and none in the last. Scores float [n]. level: MaskGIT's
    choice temperature, from which the noise fades."""
    if level == 0:
        return view.choice.probability
    gumbel = -torch.empty_like(view.choice.probability).exponential_(generator=view.generator).log()
    return view.choice.probability.log() + level * (1 - view.progress) * gumbel


def by_margin(view: View, level: float | None) -> torch.Tensor:
    """Dream's topk_margin (2508.15487): probability of the likeliest token minus that of the second. Scores float
    [n]."""
    return view.choice.best_probability[:, 0] - view.choice.best_probability[:, 1]


def by_entropy(view: View, level: float | None) -> torch.Tensor:
    """Dream's entropy order (2508.15487): sum p log p, the negative entropy. Scores float [n]."""
    return -view.choice.entropy


def above_threshold(view: View, level: float) -> torch.Tensor:
    """Fast-dLLM's threshold (2505.22618, alg. 1): every guess whose probability is at least ``level``. Bool [n]."""
    return view.open & (view.choice.probability >= level)


def by_factor(view: View, level: float) -> torch.Tensor:
    """Fast-dLLM's factor (2505.22618, sec. 3.3): the n surest guesses, for the largest n whose n-th surest guess has
    p >= 1 - f/(n+1). Bool [n]. level: f."""
    sorted_p, order = view.choice.probability.where(view.open, -1.0).sort(descending=True)
    n = torch.arange(1, len(sorted_p) + 1, device=sorted_p.device)
    allowed = (sorted_p >= 1 - level / (n + 1)) & (sorted_p >= 0)
    size = (allowed * n).max()  # the largest n that satisfies this, even if a smaller one does not
    return torch.zeros_like(view.open).scatter(0, order, n <= size) & view.open


def when_still(view: View, level: float) -> torch.Tensor:
    """KLASS (2511.05664, eq. 6): guesses above a probability whose distribution was stable for two passes. Bool [n].
    level: the probability."""
    return view.open & (view.choice.probability > level) & (view.still >= KLASS_PASSES)


def within_entropy_bound(view: View, level: float) -> torch.Tensor:
    """EB-Sampler (2505.24857, eq. 7): the largest set, lowest entropies first, with sum(H) - max(H) <= level, in nats.
    Bool [n]."""
    entropy, order = view.choice.entropy.where(view.open, torch.inf).sort()
    before = entropy.cumsum(0) - entropy  # entropies are sorted, so the one left out is the highest
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
    """The ``count`` positions with the highest scores (float [n]) among ``among`` (bool [n]), or all of these if
    there are fewer. Bool [n]. count: a tensor on the device is used there, without a copy to the host."""
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
    """The open positions that a commit rule settles in this pass, bool [n].

    An order settles the first ``owed`` positions. An acceptance settles all that it accepts, and also the ``owed``
    surest (an int for acceptances, and at least one, so that every pass makes progress). name: a key of ORDERS or
    ACCEPTANCES; level: the number that tunes the rule.
    """
    if name in ACCEPTANCES:
        return ACCEPTANCES[name](view, level) | highest(view.choice.probability, view.open, max(1, owed))
    return highest(ORDERS[name](view, level), view.open, owed)


class Stillness:
    """Counts, per position, the consecutive passes in which the distribution changed by less than KLASS_KL nats (KLASS,
    2511.05664)."""

    def __init__(self, length: int, vocabulary: int, device: torch.device):
        self._log_p = torch.zeros(length, vocabulary, device=device)
        self._still = torch.zeros(length, dtype=torch.long, device=device)
        self._seen = torch.zeros(length, dtype=torch.bool, device=device)

    def update(self, at: torch.Tensor, choice: Choice) -> torch.Tensor:
        """Record the distributions ``choice.log_p`` at positions ``at``, int64 [n]. Returns the counts, int64 [n]."""
        kl = torch.linalg.vecdot(choice.log_p.exp(), choice.log_p - self._log_p[at])
        still = torch.where(self._seen[at] & (kl < KLASS_KL), self._still[at] + 1, 0)
        self._log_p[at], self._still[at] = choice.log_p, still
        self._seen.index_fill_(0, at, True)  # assigning a Python number would wait for its copy to the device
        return still
