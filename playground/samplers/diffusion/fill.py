"""The loop of a masked diffusion model: predict, choose, commit.

It is LLaDA's (2502.09992, sec. 2.4, alg. 4 and 5, and its generate.py) with one step added: a revision rule may
remask or replace settled tokens. LLaDA's words and ours::

    mask predictor p(r0|rt)  predict.py: a forward pass, and a token chosen at each position
    r0, confidence           Choice.ids, Choice.probability
    num_transfer_tokens      ``owed``: how many positions this pass should settle, from the targets of blocks.py
    remasking strategy       the commit rule, commit.py: LLaDA names what stays masked, we name what settles
    transfer_index           ``committed``
    semi-autoregressive      blocks, filled from left to right
    (none)                   ``remasked`` and ``replaced``: the revision rule, revision.py
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import torch

from playground.request.rules import COMMITS
from playground.samplers.choice import on_device
from playground.samplers.diffusion.blocks import PACES, even_shares
from playground.samplers.diffusion.commit import View, chosen
from playground.samplers.diffusion.schedule import Schedule
from playground.samplers.diffusion.state import SamplerState
from playground.samplers.passes import Pass, Standing, outcomes, to_host


def fill(run: SamplerState) -> Iterator[Pass]:
    """Settle every open position of the text, block by block, until none is open or the text has ended. With a commit
    rule that takes as many passes as it needs, a block may use passes that earlier blocks left over. Passes that only
    read the text before a block come on top."""
    settings = run.settings
    blocks = [block for block in run.predict.blocks(run.text) if run.to_fill & set(block)]
    spare = 0
    for number, (block, share) in enumerate(zip(blocks, even_shares(settings.steps, max(1, len(blocks))))):
        if run.predict.unread(block):
            yield _read(run, block)
        allowed = max(1, share + spare)
        used = 0
        looks_again = run.revision.looks_back and number + 1 < len(blocks)
        after = blocks[number + 1][0] if looks_again else len(run.canvas.ids)
        for step in fill_block(run, block, allowed, after, goes_on=settings.finishing > 0):
            used += 1
            yield step
        if not run.to_fill:
            return
        spare = allowed - used if settings.adaptive else 0


def _read(run: SamplerState, block: list[int]) -> Pass:
    """One pass that reads the text before a block, which is settled. It settles the block's first position if that is
    open and the model predicts it there, else nothing."""
    run.clock.start()
    choice = run.predict.read(run.read, block, run.settings.temperature)
    at, rows = list[int](), list[list[float]]()
    if choice is not None and block[0] in run.to_fill:
        at = block[:1]
        view = run.view(on_device(at, run.sequence.ids.device), choice, 1.0)
        rows = _write(run, view, view.open, view.nothing)
    ms = run.clock.stop()
    made = outcomes(at, rows)
    run.sequence.take(made)
    safe = block[0] - 1 if run.revision.looks_back else len(run.canvas.ids) - 1
    return run.sequence.passed(ms, made, run.predict.work, run.ends(safe) or not run.sequence.open)


def fill_block(run: SamplerState, block: list[int], allowed: int, after: int, goes_on: bool = False) -> Iterator[Pass]:
    """Settle one block, if anything is open in it.

    allowed: the most passes; after: the first position that a later block may still change, the length of the
    sequence if there is none; goes_on: whether the revision rule has a second stage, so that the lane does not end
    with a full text.
    """
    revision = run.revision
    total = len(run.to_fill & set(block))
    if not total:
        return
    passes = allowed if run.settings.adaptive else min(allowed, total)
    targets = revision.targets(PACES[COMMITS[run.settings.commit].pace], total, passes)
    doubts = revision.doubting_passes(targets)
    run.predict.begin(block)
    for i in range(passes):
        left = run.to_fill & set(block)
        at = block if revision.looks_back else sorted(left)
        owed, schedule = targets[i] - (total - len(left)), Schedule.of(targets, i, given=len(block) - total)
        run.clock.start()
        positions = on_device(at, run.sequence.ids.device)
        choice, unseen = revision.look(run.predict, run.read, positions, run.settings.temperature)  # predict
        view = run.view(positions, choice, (i + 1) / passes, unseen)
        remasked = revision.remask(view, schedule) if i < passes - 1 else view.nothing
        committed = _committed(run, view, owed, remasked)  # choose
        if run.settings.adaptive:
            remasked = revision.limit(view, remasked, committed)
        rows = _write(run, view, committed, remasked)  # commit, revise
        ms = run.clock.stop()
        made = outcomes(at, rows)
        run.sequence.take(made)
        done = not run.to_fill & set(block)
        over = run.ends(safe=after - 1 if done or i + 1 >= doubts else block[0] - 1) or not run.sequence.open
        step = run.sequence.passed(ms, made, run.predict.work, over and not (goes_on and run.text))
        yield replace(step, owed=max(1, owed)) if run.settings.adaptive else step
        if over or done:
            return


def _committed(run: SamplerState, view: View, owed: int, remasked: torch.Tensor) -> torch.Tensor:
    """The open positions that this pass settles, bool [n]. owed: how many, before one is added for each remasked
    position."""
    makes_up = run.revision.looks_back and not run.settings.adaptive  # commit one more for each remasked position
    return chosen(view, run.settings.commit, run.commit_level, owed + remasked.sum() if makes_up else owed)


def _write(run: SamplerState, view: View, committed: torch.Tensor, remasked: torch.Tensor) -> list[list[float]]:
    """Write what a pass decided into the sequence, and copy it to the host: the rows of ``to_host``."""
    replaced, rivals = run.revision.replace(view)
    ids = torch.where(committed, view.choice.ids, view.ids)
    ids = torch.where(replaced, rivals, ids)
    ids = torch.where(remasked, run.mask, ids)
    settled = (~view.open | committed) & ~remasked
    run.sequence.write(view.positions, ids, ~settled)
    if run.revision.remembers:
        p = torch.where(committed, view.choice.probability, view.settled_probability)
        run.sequence.settled_probability[view.positions] = p
    return to_host(view.choice, ids, settled * int(Standing.SETTLED), committed)
