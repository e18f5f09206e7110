"""Second look: in a full text, remask unlikely tokens, restore the plausible ones, and fill the others again.

Mask-Predict (1904.09324, sec. 3) and P2 (2502.03540) remask a fixed number of the least likely tokens. A threshold
remasks nothing in a text without errors.
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
    """The second-look rule. Its first pass remasks doubtful tokens, its second restores plausible ones, the others
    fill.

    level: a token is doubtful if the model gives it a probability below this.
    """

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
    """The settled tokens to which the model, which sees them, gives a probability below ``level``. Bool [n]."""
    return ~view.open & (view.choice.probability_of(view.ids) < level)


def plausible(view: View, ids: torch.Tensor) -> torch.Tensor:
    """The remasked positions at which the old token, now that the model does not see it, has at least PLAUSIBLE times
    the probability of the likeliest token. Bool [n]. ids: the old tokens, int64 [n].

    Why 0.001: suppose noise replaces a share e of the tokens by one of V tokens, all equally likely. By Bayes' rule
    the old token is then more probably right than the likeliest token if its probability is above e / ((1 - e) V) of
    the latter's. For e = 15% that is 0.00004 with the twins' 4,096 tokens and 0.002 with single characters. 0.001 is
    between them; it was chosen on documents that were used neither to train nor to evaluate the twins
    (models/LOG.md).
    """
    return view.open & (view.choice.probability_of(ids) >= PLAUSIBLE * view.choice.best_probability[:, 0])


def _put_back(view: View, ids: torch.Tensor, mask: int) -> torch.Tensor:
    """The old tokens ``ids`` where they are plausible, else the mask, int64 [n]."""
    return torch.where(plausible(view, ids), ids, mask)


def _judged(run: SamplerState, at: list[int], verdict: Callable[[View], torch.Tensor]) -> Pass:
    """One pass that writes the verdict's ids, int64 [n], to positions ``at``. Positions that get the mask become
    open."""
    run.clock.start()
    positions = on_device(at, run.sequence.ids.device)
    view = run.view(positions, run.predict(run.read, positions, 0.0), 1.0)
    ids = verdict(view)
    is_open = ids == run.mask
    run.sequence.write(positions, ids, is_open)
    rows = to_host(view.choice, ids, ~is_open * int(Standing.SETTLED), view.open & ~is_open)
    ms = run.clock.stop()
    made = outcomes(at, rows)
    run.sequence.take(made)
    return run.sequence.passed(ms, made, run.predict.work, not run.to_fill)
