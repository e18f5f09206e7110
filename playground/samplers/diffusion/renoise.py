"""Re-noise, which has its own fill loop: accept some guesses, replace all other positions with fresh noise, and repeat.

With random tokens it is after DiffusionGemma: such a canvas is full from the first frame. With masks it is after
Mask-Predict (1904.09324), and one thing differs. There a pass predicts the masked positions alone; every other one keeps
its token, and the probability from the pass that wrote it. Here a pass predicts every position of the block anew, the
accepted ones too. So one token may follow another without noise between them.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass

import torch

from playground.request.rules import COMMITS
from playground.samplers.choice import on_device
from playground.samplers.diffusion.blocks import PACES, even_shares
from playground.samplers.diffusion.commit import View, chosen
from playground.samplers.diffusion.revision import Revision
from playground.samplers.diffusion.state import SamplerState
from playground.samplers.passes import Pass, Standing, outcomes, to_host

SURE = 0.9  # an accepted token counts as settled if it is the likeliest in two passes in a row, with this probability


@dataclass(frozen=True)
class Renoise(Revision):
    """The re-noise rule. The last pass of a block accepts all guesses, so a commit rule that takes as many passes as it
    needs owes no share in the passes before. If the text ends in a block, the run is over.

    level: with a commit rule that takes as many passes as it needs, a block is done once its likeliest tokens are the
    same as in the pass before and their mean entropy is below this, in nats.
    """

    looks_back = True

    def fill(self, run: SamplerState) -> Iterator[Pass]:
        blocks = run.predict.blocks(run.text)
        for number, (block, share) in enumerate(zip(blocks, even_shares(run.settings.steps, max(1, len(blocks))))):
            if (yield from _renoise_block(run, self.level, block, share, last=number == len(blocks) - 1)):
                return


def _targets(run: SamplerState, count: int, passes: int) -> list[int]:
    """How many of a block's ``count`` positions a pass must accept at least. The last number holds for all further
    passes."""
    pace = COMMITS[run.settings.commit].pace
    return PACES[pace](count, min(passes, count)) if pace else [1]


def _renoise_block(
    run: SamplerState, calm_below: float, block: list[int], passes: int, last: bool
) -> Generator[Pass, None, bool]:
    """Settle one block. Returns whether the text has ended in it or before it.

    calm_below: the rule's level; passes: the most passes; last: whether it is the last block.
    """
    positions = on_device(block, run.sequence.ids.device)
    everything = torch.ones(len(block), dtype=torch.bool, device=positions.device)
    targets = _targets(run, len(block), passes)
    led = torch.full_like(positions, -1)  # the likeliest ids of the pass before
    settled = torch.zeros_like(everything)
    run.predict.begin(block, cached=False)
    for i in range(passes):
        temperature = run.settings.temperature * (1 - 0.5 * i / max(1, passes - 1))  # DiffusionGemma: 0.8 down to 0.4
        run.clock.start()
        choice = run.predict(run.read, positions, temperature)
        leads = choice.best_ids[:, 0]
        stable = (leads == led) & (choice.best_probability[:, 0] >= SURE)
        view = View(
            positions, choice, run.sequence.ids[positions], everything, None, None, (i + 1) / passes, run.generator
        )
        owed = targets[min(i, len(targets) - 1)]
        accepted = chosen(view, run.settings.commit, run.commit_level, owed)
        calm = (leads == led).all() & (choice.entropy.mean() < calm_below) & run.settings.adaptive
        over = calm | (i == passes - 1)  # stays on the device: reading it would be a second copy to the host
        accepted = accepted | over
        fresh = run.noise.draw(run.settings.noise, len(block), run.generator)
        ids = torch.where(accepted, choice.ids, fresh)
        now = accepted & stable | over
        standing = torch.where(
            now, int(Standing.SETTLED), torch.where(accepted, int(Standing.DRAFT), int(Standing.OPEN))
        )
        run.sequence.write(positions, ids, ~now)
        rows = to_host(choice, ids, standing, now & ~settled)
        led, settled = leads, now
        ms = run.clock.stop()
        made = outcomes(block, rows)
        run.sequence.take(made, renoised=True)
        done = not run.sequence.open & set(block)
        ended = done and run.ends(safe=block[-1]) and run.end <= block[-1]
        yield run.sequence.passed(ms, made, run.predict.work, ended or (last and done))
        if done:
            return ended
    return False
