"""The second stage, of rules that go on when all is full: replace tokens until nothing changes or patience ends, or look at
the text a second time and fill anew what is unlikely in it."""
from __future__ import annotations

from collections.abc import Callable, Iterator

import torch

from playground.denoise.commit import View
from playground.denoise.fill import fill_block
from playground.denoise.revise import corrected, edited, plausible, unlikely
from playground.denoise.rules import FINISHING_PASSES
from playground.denoise.run import Denoising
from playground.passes import Pass, Standing, on_device, outcomes, to_host


def finish(run: Denoising) -> Iterator[Pass]:
    """Mend a full text, all of it before its end, as the revision rule says."""
    yield from _look_again(run) if run.settings.revise == "second_look" else _replace(run)


def _look_again(run: Denoising) -> Iterator[Pass]:
    """Mask what is unlikely in the full text, put back what is plausible without being seen, and fill the rest as the commit
    rule says."""
    at = run.text
    run.predict.begin(at, cached=False)
    standing = run.sequence.ids.clone()
    yield _judged(run, at, lambda view: torch.where(unlikely(view, run.revise_level), run.mask, view.ids))
    if not run.to_fill:
        return
    doubted = sorted(run.to_fill)
    yield _judged(run, doubted, lambda view: torch.where(plausible(view, standing[view.positions]), standing[view.positions], run.mask))
    if run.to_fill:
        yield from fill_block(run, doubted, FINISHING_PASSES["second_look"] - 2, len(run.canvas.ids))


def _judged(run: Denoising, at: list[int], verdict: Callable[[View], torch.Tensor]) -> Pass:
    """One pass over positions that all get the ids int64 [n] of a verdict; where that is the mask, they are open."""
    run.clock.start()
    positions = on_device(at, run.sequence.ids.device)
    choice = run.predict(run.read, positions, 0.0)
    view = run.view(positions, choice, 0.0)
    ids = verdict(view)
    is_open = ids == run.mask
    run.sequence.write(positions, ids, is_open)
    rows = to_host(choice, ids, ~is_open * int(Standing.SETTLED), view.open & ~is_open)
    ms = run.clock.stop()
    made = outcomes(at, rows)
    run.sequence.take(made)
    return run.sequence.passed(ms, made, run.predict.work, not run.to_fill)


def _replace(run: Denoising) -> Iterator[Pass]:
    """Put other tokens in the place of some, exactly, until nothing changes or patience ends."""
    at, most = run.text, FINISHING_PASSES[run.settings.revise]
    run.predict.begin(at, cached=False)
    best, idle = -1.0, 0
    for i in range(most):
        run.clock.start()
        positions = on_device(at, run.sequence.ids.device)
        choice = run.predict(run.read, positions, 0.0)
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
