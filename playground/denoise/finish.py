"""The second stage, of rules that replace tokens: mend a full text until nothing changes or patience ends."""
from __future__ import annotations

from typing import Iterator

import torch

from playground.denoise.revise import corrected, edited
from playground.denoise.rules import FINISHING_PASSES
from playground.denoise.run import Denoising
from playground.passes import Pass, Standing, on_device, outcomes, to_host


def finish(run: Denoising) -> Iterator[Pass]:
    """Mend a full text, all of it and exactly, until nothing changes or patience ends."""
    at, most = run.canvas.free, FINISHING_PASSES[run.settings.revise]
    run.predict.begin(at, cached=False)
    best, idle = -1.0, 0
    for i in range(most):
        run.clock.start()
        positions = on_device(at, run.sequence.ids.device)
        choice = run.predict(run.sequence.ids, positions, 0.0)
        view = run.view(positions, choice, i / most)
        if run.settings.revise == "edit":
            replaced, rivals = edited(view, run.revise_level), choice.best_ids[:, 0]
        else:
            replaced, rivals = corrected(view)
        ids = torch.where(replaced, rivals, view.ids)
        run.sequence.write(positions, ids, torch.zeros_like(view.open))
        rows = to_host(choice, ids, torch.full_like(ids, Standing.SETTLED), torch.zeros_like(replaced))
        ms = run.clock.stop()
        made = outcomes(at, rows)
        changed = run.sequence.take(made)
        sure = sum(outcome.guess.probability for outcome in made) / max(1, len(made))
        best, idle = (sure, 0) if sure > best else (best, idle + 1)
        over = not changed or i == most - 1 or (run.settings.revise == "gidd" and idle >= run.revise_level)
        yield run.sequence.passed(ms, made, run.predict.work, over)
        if over:
            return
