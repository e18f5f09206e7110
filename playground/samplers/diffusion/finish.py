"""The second stage of the rules that replace tokens in a full text."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import torch

from playground.samplers.choice import on_device
from playground.samplers.diffusion.commit import View
from playground.samplers.diffusion.state import SamplerState
from playground.samplers.passes import Pass, Standing, outcomes, to_host


def replace_until_still(
    run: SamplerState, replace: Callable[[View], tuple[torch.Tensor, torch.Tensor]], patience: float = math.inf
) -> Iterator[Pass]:
    """Replace tokens of a full text, pass by pass, until nothing changes. The passes use no cache.

    replace: takes a View of the whole text and returns which positions to replace, bool [n], and their new tokens,
    int64 [n]. patience: the stage also ends after this many passes in a row in which the mean probability of the
    tokens did not rise. It ends after ``settings.finishing`` passes in any case.
    """
    at, most = run.text, run.settings.finishing
    run.predict.begin(at, cached=False)
    best, idle = -1.0, 0
    for i in range(most):
        run.clock.start()
        positions = on_device(at, run.sequence.ids.device)
        view = run.view(positions, run.predict(run.read, positions, 0.0), (i + 1) / most)
        replaced, rivals = replace(view)
        ids = torch.where(replaced, rivals, view.ids)
        run.sequence.write(positions, ids, view.nothing)
        rows = to_host(view.choice, ids, torch.full_like(ids, Standing.SETTLED), view.nothing)
        ms = run.clock.stop()
        made = outcomes(at, rows)
        changed = run.sequence.take(made)
        sure = sum(outcome.guess.probability for outcome in made) / max(1, len(made))
        best, idle = (sure, 0) if sure > best else (best, idle + 1)
        over = not changed or i == most - 1 or idle >= patience
        yield run.sequence.passed(ms, made, run.predict.work, over)
        if over:
            return
