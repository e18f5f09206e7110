"""The first stage: settle every open position, block by block, while a revision rule may take some back."""
from __future__ import annotations

import math
from collections.abc import Iterator

import torch

from playground.denoise.blocks import PACES, even_shares, loop_targets, split
from playground.denoise.commit import ACCEPTANCES, ORDERS, View, highest
from playground.denoise.revise import REMASKING, Schedule, doubted, edited
from playground.denoise.rules import COMMITS
from playground.denoise.run import Denoising
from playground.passes import Choice, Pass, Standing, on_device, outcomes, to_host

LOOKING_BACK = frozenset({*REMASKING, "wino", "edit"})  # rules that ask about settled positions while others are open


def fill(run: Denoising, finishing: bool) -> Iterator[Pass]:
    """Settle every open position of the text, block by block, until it is full or has ended. finishing: the rule goes on then, if
    there is any text."""
    blocks = [block for block in split(run.text, run.settings.blocks) if run.to_fill & set(block)]
    spare = 0
    for number, (block, share) in enumerate(zip(blocks, even_shares(run.settings.steps, max(1, len(blocks))))):
        allowed = share + spare
        used = 0
        looks_again = run.settings.revise in LOOKING_BACK and number + 1 < len(blocks)
        after = blocks[number + 1][0] if looks_again else len(run.canvas.ids)
        for step in fill_block(run, block, allowed, after, finishing):
            used += 1
            yield step
        if not run.to_fill:
            return
        spare = allowed - used if run.settings.adaptive else 0


def fill_block(run: Denoising, block: list[int], allowed: int, after: int, goes_on: bool = False) -> Iterator[Pass]:
    """Settle one block within so many passes. after: the first position that a later block may change; goes_on: a
    text that is full is mended."""
    total = len(run.to_fill & set(block))
    passes = allowed if run.settings.adaptive else min(allowed, total)
    targets = _targets(run, total, passes)
    doubts = _passes_with_doubts(run, targets)
    run.predict.begin(block)
    for i in range(passes):
        left = run.to_fill & set(block)
        at = block if run.settings.revise in LOOKING_BACK else sorted(left)
        before = total - len(left)
        final = i == passes - 1
        run.clock.start()
        positions = on_device(at, run.sequence.ids.device)
        choice, shadow = _look(run, positions)
        view = run.view(positions, choice, i / passes)
        remasked = _remasked(run, view, shadow, targets, i, total) if not final else torch.zeros_like(view.open)
        committed = _committed(run, view, before, remasked, targets, i)
        remasked = _progressing(run, remasked, committed, shadow)
        replaced = edited(view, run.revise_level) if run.settings.revise == "edit" else torch.zeros_like(view.open)
        rows = _apply(run, positions, view, committed, replaced, remasked)
        ms = run.clock.stop()
        made = outcomes(at, rows)
        run.sequence.take(made)
        done = not run.to_fill & set(block)
        over = run.ends(safe=after - 1 if done or i + 1 >= doubts else block[0] - 1) or not run.sequence.open
        yield run.sequence.passed(ms, made, run.predict.work, over and not (goes_on and run.text))
        if over or done:
            return


def _targets(run: Denoising, total: int, passes: int) -> list[int]:
    """How many of a block's ``total`` open positions should be settled after each pass; for an adaptive rule, at least."""
    if run.settings.revise == "remdm_loop":
        return loop_targets(total, passes)
    pace = COMMITS[run.settings.commit].pace
    if pace is None:  # an even share is owed, so that the limit on passes holds
        return [math.ceil(total * (i + 1) / passes) for i in range(passes)]
    return PACES[pace](total, passes)


def _passes_with_doubts(run: Denoising, targets: list[int]) -> int:
    """How many of a block's first passes there are in or before which the rule may take back what is settled there."""
    revise, last = run.settings.revise, len(targets) - 1
    if revise not in LOOKING_BACK:
        return 0
    if revise == "remdm_loop":  # masks again only while its targets stand still
        return max((i + 1 for i in range(1, last) if targets[i] == targets[i - 1]), default=0)
    return last + 1 if revise == "edit" else last  # nothing is masked in the last pass, but an edit replaces in it as well


def _look(run: Denoising, positions: torch.Tensor) -> tuple[Choice, torch.Tensor | None]:
    """One forward pass: the choice, and under WINO the shadow's opinion of what stands, float [n]."""
    if run.settings.revise == "wino":
        return run.predict.with_shadow(run.read, positions, run.settings.temperature)
    return run.predict(run.read, positions, run.settings.temperature), None


def _remasked(
    run: Denoising, view: View, shadow: torch.Tensor | None, targets: list[int], i: int, total: int
) -> torch.Tensor:
    """Settled positions that a remasking rule doubts, bool [n]."""
    if shadow is not None:
        return doubted(view, shadow, run.revise_level)
    if run.settings.revise not in REMASKING:
        return torch.zeros_like(view.open)
    before = targets[i - 1] if i else 0
    schedule = Schedule(before / total, targets[i] / total, held=before == targets[i])
    return REMASKING[run.settings.revise](view, schedule, run.revise_level)


def _committed(
    run: Denoising, view: View, before: int, remasked: torch.Tensor, targets: list[int], i: int
) -> torch.Tensor:
    """Open positions that this pass settles, bool [n]. before: of the block's open positions, how many are settled."""
    owed = targets[i] - before
    if run.settings.adaptive:
        accepted = ACCEPTANCES[run.settings.commit](view, run.commit_level)
        return accepted | highest(view.choice.probability, view.open, max(1, owed))
    scores = ORDERS[run.settings.commit](view, run.commit_level)
    if run.settings.revise in LOOKING_BACK:
        return highest(scores, view.open, owed + remasked.sum())  # what is masked again is made up for
    return highest(scores, view.open, owed)


def _progressing(
    run: Denoising, remasked: torch.Tensor, committed: torch.Tensor, shadow: torch.Tensor | None
) -> torch.Tensor:
    """WINO masks fewer again than it commits, the most doubtful first (2507.18578, sec. 3.3), so that it ends."""
    if shadow is None or not run.settings.adaptive:
        return remasked
    return highest(-shadow, remasked, committed.sum() - 1)


def _apply(
    run: Denoising, positions: torch.Tensor, view: View, committed: torch.Tensor, replaced: torch.Tensor, remasked: torch.Tensor
) -> list[list[float]]:
    """Write a pass's decisions into the sequence and copy them to the host."""
    ids = torch.where(committed, view.choice.ids, view.ids)
    ids = torch.where(replaced, view.choice.best_ids[:, 0], ids)
    ids = torch.where(remasked, run.mask, ids)
    settled = (~view.open | committed) & ~remasked
    run.sequence.write(positions, ids, ~settled)
    if run.settings.revise == "remdm_confidence":
        p = torch.where(committed, view.choice.probability, view.settled_probability)
        run.sequence.settled_probability[positions] = p
    return to_host(view.choice, ids, settled * int(Standing.SETTLED), committed)
