"""Revision rules: which settled positions are doubted. This, and only this, makes "later passes fix errors" true.

Three kinds. *Remasking* (ReMDM, WINO, second look) turns a token back into a mask, to be filled again. *Replacing* (edit,
self-correction) puts another token in its place. *Re-noise* accepts and rejects anew at every pass; it is a loop of its own, in renoise.py.
Names and papers stand in rules.REVISIONS.
"""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

from playground.denoise.commit import View
from playground.passes import gumbel_argmax

GIDD_TEMPERATURE = 0.1  # of the sampled rival (2503.04482, app. G)
PLAUSIBLE = 1e-3  # of the likeliest token's probability, see ``plausible``


@dataclass(frozen=True)
class Schedule:
    """Where a pass stands in its block: the share of positions that should be settled before it (a_t) and after it (a_s), and
    whether the targets stand still (the middle of ReMDM's loop)."""

    before: float
    after: float
    held: bool = False

    @property
    def largest_chance(self) -> float:
        """sigma_max = min(1, (1 - a_s) / a_t): more remasking than that could not be filled again (2503.00307, eq. 5)."""
        return min(1.0, (1 - self.after) / self.before) if self.before > 0 else 1.0


def _by_chance(view: View, chance: float | torch.Tensor) -> torch.Tensor:
    return ~view.open & (torch.rand(view.open.shape, generator=view.generator, device=view.open.device) < chance)


def remdm_cap(view: View, schedule: Schedule, level: float) -> torch.Tensor:
    """ReMDM-cap (2503.00307, sec. 4.1): sigma = min(cap, sigma_max). Bool [n], what is masked again."""
    return _by_chance(view, min(level, schedule.largest_chance))


def remdm_rescale(view: View, schedule: Schedule, level: float) -> torch.Tensor:
    """ReMDM-rescale (2503.00307, sec. 4.1): sigma = share * sigma_max. Bool [n]."""
    return _by_chance(view, level * schedule.largest_chance)


def remdm_confidence(view: View, schedule: Schedule, level: float) -> torch.Tensor:
    """ReMDM-conf (2503.00307, sec. 4.1): sigma_max shared out by softmax(-psi), psi the probability each settled token had when
    it was settled; about one token a pass. Bool [n]."""
    weights = torch.softmax((-view.settled_probability).where(~view.open, -torch.inf), 0).nan_to_num(0.0)
    return _by_chance(view, level * schedule.largest_chance * weights)


def remdm_loop(view: View, schedule: Schedule, level: float) -> torch.Tensor:
    """ReMDM-loop (2503.00307, sec. 4.2): masks again only while the targets stand still. Bool [n]."""
    return _by_chance(view, min(level, schedule.largest_chance) if schedule.held else 0.0)


REMASKING: dict[str, Callable[[View, Schedule, float], torch.Tensor]] = {
    "remdm_cap": remdm_cap, "remdm_rescale": remdm_rescale, "remdm_confidence": remdm_confidence, "remdm_loop": remdm_loop,
}


def doubted(view: View, shadow: torch.Tensor, level: float) -> torch.Tensor:
    """WINO (2507.18578, eq. 5): settled tokens whose probability under the shadow block, float [n], lies below a threshold."""
    return ~view.open & (shadow < level)


def edited(view: View, level: float) -> torch.Tensor:
    """Token-to-token edit (LLaDA 2.1, 2602.08676): settled tokens to which another is preferred, with more than this
    probability. Bool [n]; the likeliest token takes the place."""
    rival = view.choice.best_ids[:, 0] != view.ids
    return ~view.open & rival & (view.choice.best_probability[:, 0] > level)


def unlikely(view: View, level: float) -> torch.Tensor:
    """Second look: settled tokens to which the model, seeing all of the text and them in it, gives a probability below a
    threshold. Mask-Predict (1904.09324, sec. 3) and P2 (2502.03540) mask a fixed number of the least likely; a threshold leaves
    a text alone that has no errors. Bool [n]."""
    return ~view.open & (view.choice.probability_of(view.ids) < level)


def plausible(view: View, ids: torch.Tensor) -> torch.Tensor:
    """Second look: tokens ids int64 [n] that were masked and, now that the model does not see them, are at least PLAUSIBLE times
    as likely as the likeliest in their place. Bool [n].

    Bayes' rule on noise that makes a share e of the tokens wrong, each of V alike, keeps a token w above e / ((1 - e) V) of the
    likeliest one's probability: for e = 15%, 0.0001 with this vocabulary and 0.002 with single characters. 0.001 lies between,
    and was chosen on documents that neither the twins nor their evaluation read (models/LOG.md).
    """
    return view.open & (view.choice.probability_of(ids) >= PLAUSIBLE * view.choice.best_probability[:, 0])


def corrected(view: View) -> tuple[torch.Tensor, torch.Tensor]:
    """GIDD's self-correction (2503.04482, app. G): sample a rival z' at a low temperature everywhere, score (z' != z) p(z'),
    take the best. (bool [n] with at most one true, ids int64 [n] of the rivals)."""
    rivals = gumbel_argmax(view.choice.log_p, GIDD_TEMPERATURE, view.generator)
    scores = view.choice.probability_of(rivals).where((rivals != view.ids) & ~view.open, 0.0)
    best = torch.arange(len(scores), device=scores.device) == scores.argmax()  # indexing by it would ask the device
    return best & (scores > 0), rivals
