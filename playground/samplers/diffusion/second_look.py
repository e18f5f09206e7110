"""Second look: when all is full, mask what is unlikely there, put back what is plausible unseen, and fill the rest anew.

Mask-Predict (1904.09324, sec. 3) and P2 (2502.03540) mask a fixed number of the least likely; a threshold leaves a text alone that
has no errors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch

from playground.samplers.choice import on_device
from playground.samplers.diffusion.commit import View
from playground.samplers.diffusion.fill import fill_block
from playground.samplers.diffusion.revision import Revision
from playground.samplers.diffusion.state import SamplerState
from playground.samplers.passes import Pass, Standing, outcomes, to_host

PLAUSIBLE = 1e-3  # of the likeliest token's probability, see ``plausible``


@dataclass(frozen=True)
class SecondLook(Revision):
    """level: the probability below which a token is doubted."""

    def finish(self, run: SamplerState) -> Iterator[Pass]:
        at = run.text
        run.predict.begin(at, cached=False)
        standing = run.sequence.ids.clone()
        yield _judged(run, at, lambda view: torch.where(unlikely(view, self.level), run.mask, view.ids))
        if not run.to_fill:
            return
        doubted = sorted(run.to_fill)
        yield _judged(run, doubted, lambda view: _put_back(view, standing[view.positions], run.mask))
        if run.to_fill:
            yield from fill_block(run, doubted, run.settings.finishing - 2, len(run.canvas.ids))


def unlikely(view: View, level: float) -> torch.Tensor:
    """Settled tokens to which the model, seeing all of the text and them in it, gives a probability below a threshold. Bool [n]."""
    return ~view.open & (view.choice.probability_of(view.ids) < level)


def plausible(view: View, ids: torch.Tensor) -> torch.Tensor:
    """Tokens ids int64 [n] that were masked and, now that the model does not see them, are at least PLAUSIBLE times as likely as
    the likeliest in their place. Bool [n].

    Bayes' rule on noise that makes a share e of the tokens wrong, each of V alike, keeps a token w above e / ((1 - e) V) of the
    likeliest one's probability: for e = 15%, 0.0001 with this vocabulary and 0.002 with single characters. 0.001 lies between,
    and was chosen on documents that neither the twins nor their evaluation read (models/LOG.md).
    """
    return view.open & (view.choice.probability_of(ids) >= PLAUSIBLE * view.choice.best_probability[:, 0])


def _put_back(view: View, ids: torch.Tensor, mask: int) -> torch.Tensor:
    return torch.where(plausible(view, ids), ids, mask)


def _judged(run: SamplerState, at: list[int], verdict: Callable[[View], torch.Tensor]) -> Pass:
    """One pass over positions that all get the ids int64 [n] of a verdict; where that is the mask, they are open."""
    run.clock.start()
    positions = on_device(at, run.sequence.ids.device)
    view = run.view(positions, run.predict(run.read, positions, 0.0), 0.0)
    ids = verdict(view)
    is_open = ids == run.mask
    run.sequence.write(positions, ids, is_open)
    rows = to_host(view.choice, ids, ~is_open * int(Standing.SETTLED), view.open & ~is_open)
    ms = run.clock.stop()
    made = outcomes(at, rows)
    run.sequence.take(made)
    return run.sequence.passed(ms, made, run.predict.work, not run.to_fill)
