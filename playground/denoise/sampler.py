"""The sampler: predict, choose what to commit, perhaps revise what is committed, repeat.

noise x commit rule x revision rule x blocks x cache, each a small function of its own file. A generator whose ``next()`` is
exactly one forward pass; knows nothing about tokenization, text or the page.
"""
from __future__ import annotations

import math
from typing import Iterator

import torch

from playground.decoding import Decoder
from playground.denoise.blocks import PACES, even_shares, loop_targets, split
from playground.denoise.canvas import Canvas
from playground.denoise.commit import ACCEPTANCES, ORDERS, Stillness, View, highest
from playground.denoise.noise import Noise
from playground.denoise.predict import Predictor
from playground.denoise.revise import REMASKING, Schedule, corrected, doubted, edited
from playground.denoise.rules import COMMITS, FINISHING_PASSES
from playground.denoise.sequence import Sequence
from playground.denoise.settings import DenoiseSettings
from playground.passes import Choice, Pass, SpecialIds, Standing, on_device, outcomes, to_host
from playground.timing import Stopwatch

SURE = 0.9  # under re-noise a token counts as settled when it led in two passes and is this sure
LOOKING_BACK = frozenset({*REMASKING, "wino", "edit"})  # rules that ask about settled positions while others are open


def denoise(
    decoder: Decoder, canvas: Canvas, settings: DenoiseSettings, special: SpecialIds, noise: Noise
) -> Iterator[Pass]:
    """Denoise a canvas with a bidirectional decoder. Yields the start, then one Pass per forward pass, at most
    ``settings.most_passes``; then no position is open, and prompt and pins are as they were.

    The same canvas, settings and seed give the same tokens on the same device. Raises ValueError at once where the rules have
    nothing to do on this canvas.
    """
    return _Denoising(decoder, canvas, settings, special, noise).run()


class _Denoising:
    """One run. Three stages: *fill* settles the open positions block by block, *finish* mends the full text, and *renoise*,
    which takes the place of both, accepts and rejects anew at every pass."""

    def __init__(self, decoder: Decoder, canvas: Canvas, settings: DenoiseSettings, special: SpecialIds, noise: Noise):
        if not canvas.open and settings.revise not in (*FINISHING_PASSES, "renoise"):
            raise ValueError(
                "No position is open, so there is nothing to fill. Take out a token, or choose edit, self-correction or "
                "re-noise as the revision rule."
            )
        self.canvas, self.settings, self.noise = canvas, settings, noise.on(decoder.device)
        self.mask = special.mask
        self.generator = torch.Generator(decoder.device).manual_seed(settings.seed)
        self.sequence = Sequence(canvas, special.mask, decoder.device)
        self.predict = Predictor(decoder, settings, special, canvas.start, self.generator)
        self.clock = Stopwatch(decoder.device)
        self.commit_level, self.revise_level = settings.levels
        self.still = (
            Stillness(len(canvas.ids), decoder.vocabulary, decoder.device) if settings.commit == "klass" else None
        )

    @torch.inference_mode()
    def run(self) -> Iterator[Pass]:
        yield self.sequence.start()
        if self.settings.revise == "renoise":
            yield from self.renoise()
            return
        finishing = self.settings.revise in FINISHING_PASSES
        yield from self.fill(ends=not finishing)
        if finishing:
            yield from self.finish()

    # fill -----------------------------------------------------------------------------------------------------------

    def fill(self, ends: bool) -> Iterator[Pass]:
        """Settle every open position, block by block. ends: whether the lane is over when none is open."""
        blocks = [block for block in split(self.canvas.free, self.settings.blocks) if self.sequence.open & set(block)]
        spare = 0
        for number, (block, share) in enumerate(zip(blocks, even_shares(self.settings.steps, max(1, len(blocks))))):
            allowed = share + spare
            used = 0
            for step in self.fill_block(block, allowed, last=ends and number == len(blocks) - 1):
                used += 1
                yield step
            spare = allowed - used if self.settings.adaptive else 0

    def fill_block(self, block: list[int], allowed: int, last: bool) -> Iterator[Pass]:
        """Settle one block within so many passes."""
        total = len(self.sequence.open & set(block))
        passes = allowed if self.settings.adaptive else min(allowed, total)
        targets = self.targets(total, passes)
        self.predict.begin(block)
        for i in range(passes):
            at = block if self.settings.revise in LOOKING_BACK else [p for p in block if p in self.sequence.open]
            before = total - len(self.sequence.open & set(block))
            final = i == passes - 1
            self.clock.start()
            positions = on_device(at, self.sequence.ids.device)
            choice, shadow = self.look(positions)
            view = self.view(positions, choice, i / passes)
            remasked = self.remasked(view, shadow, targets, i, total) if not final else torch.zeros_like(view.open)
            committed = self.committed(view, before, remasked, targets, i, passes)
            remasked = self.progressing(remasked, committed, shadow)
            replaced = edited(view, self.revise_level) if self.settings.revise == "edit" else torch.zeros_like(view.open)
            rows = self.apply(positions, view, committed, replaced, remasked)
            ms = self.clock.stop()
            made = outcomes(at, rows)
            self.sequence.take(made)
            done = not self.sequence.open & set(block)
            yield self.sequence.passed(ms, made, self.predict.work, last and done)
            if done:
                return

    def targets(self, total: int, passes: int) -> list[int]:
        """How many of a block's ``total`` open positions should be settled after each pass; for an adaptive rule, at least."""
        if self.settings.revise == "remdm_loop":
            return loop_targets(total, passes)
        pace = COMMITS[self.settings.commit].pace
        if pace is None:  # an even share is owed, so that the limit on passes holds
            return [math.ceil(total * (i + 1) / passes) for i in range(passes)]
        return PACES[pace](total, passes)

    def look(self, positions: torch.Tensor) -> tuple[Choice, torch.Tensor | None]:
        """One forward pass: the choice, and under WINO the shadow's opinion of what stands, float [n]."""
        if self.settings.revise == "wino":
            return self.predict.with_shadow(self.sequence.ids, positions, self.settings.temperature)
        return self.predict(self.sequence.ids, positions, self.settings.temperature), None

    def view(self, positions: torch.Tensor, choice: Choice, progress: float) -> View:
        return View(
            choice, self.sequence.ids[positions], self.sequence.unsettled[positions],
            self.sequence.settled_probability[positions], self.still.update(positions, choice) if self.still else None,
            progress, self.generator,
        )

    def remasked(
        self, view: View, shadow: torch.Tensor | None, targets: list[int], i: int, total: int
    ) -> torch.Tensor:
        """Settled positions that a remasking rule doubts, bool [n]."""
        if shadow is not None:
            return doubted(view, shadow, self.revise_level)
        if self.settings.revise not in REMASKING:
            return torch.zeros_like(view.open)
        before = targets[i - 1] if i else 0
        schedule = Schedule(before / total, targets[i] / total, held=before == targets[i])
        return REMASKING[self.settings.revise](view, schedule, self.revise_level)

    def committed(
        self, view: View, before: int, remasked: torch.Tensor, targets: list[int], i: int, passes: int
    ) -> torch.Tensor:
        """Open positions that this pass settles, bool [n]. before: of the block's open positions, how many are settled."""
        owed = targets[i] - before
        if self.settings.adaptive:
            accepted = ACCEPTANCES[self.settings.commit](view, self.commit_level)
            return accepted | highest(view.choice.probability, view.open, max(1, owed))
        scores = ORDERS[self.settings.commit](view, self.commit_level)
        if self.settings.revise in LOOKING_BACK:
            return highest(scores, view.open, owed + remasked.sum())  # what is masked again is made up for
        return highest(scores, view.open, owed)

    def progressing(
        self, remasked: torch.Tensor, committed: torch.Tensor, shadow: torch.Tensor | None
    ) -> torch.Tensor:
        """WINO masks fewer again than it commits, the most doubtful first (2507.18578, sec. 3.3), so that it ends."""
        if shadow is None or not self.settings.adaptive:
            return remasked
        return highest(-shadow, remasked, committed.sum() - 1)

    def apply(
        self, positions: torch.Tensor, view: View, committed: torch.Tensor, replaced: torch.Tensor, remasked: torch.Tensor
    ) -> list[list[float]]:
        """Write a pass's decisions into the sequence and copy them to the host."""
        ids = torch.where(committed, view.choice.ids, view.ids)
        ids = torch.where(replaced, view.choice.best_ids[:, 0], ids)
        ids = torch.where(remasked, self.mask, ids)
        settled = (~view.open | committed) & ~remasked
        self.sequence.write(positions, ids, ~settled)
        if self.settings.revise == "remdm_confidence":
            p = torch.where(committed, view.choice.probability, view.settled_probability)
            self.sequence.settled_probability[positions] = p
        return to_host(view.choice, ids, settled * int(Standing.SETTLED), committed)

    # finish ---------------------------------------------------------------------------------------------------------

    def finish(self) -> Iterator[Pass]:
        """Mend a full text, all of it and exactly, until nothing changes or patience ends."""
        at, most = self.canvas.free, FINISHING_PASSES[self.settings.revise]
        self.predict.begin(at, cached=False)
        best, idle = -1.0, 0
        for i in range(most):
            self.clock.start()
            positions = on_device(at, self.sequence.ids.device)
            choice = self.predict(self.sequence.ids, positions, 0.0)
            view = self.view(positions, choice, i / most)
            if self.settings.revise == "edit":
                replaced, rivals = edited(view, self.revise_level), choice.best_ids[:, 0]
            else:
                replaced, rivals = corrected(view)
            ids = torch.where(replaced, rivals, view.ids)
            self.sequence.write(positions, ids, torch.zeros_like(view.open))
            rows = to_host(choice, ids, torch.full_like(ids, Standing.SETTLED), torch.zeros_like(replaced))
            ms = self.clock.stop()
            made = outcomes(at, rows)
            changed = self.sequence.take(made)
            sure = sum(outcome.guess.probability for outcome in made) / max(1, len(made))
            best, idle = (sure, 0) if sure > best else (best, idle + 1)
            over = not changed or i == most - 1 or (self.settings.revise == "gidd" and idle >= self.revise_level)
            yield self.sequence.passed(ms, made, self.predict.work, over)
            if over:
                return

    # renoise --------------------------------------------------------------------------------------------------------

    def renoise(self) -> Iterator[Pass]:
        """Accept some guesses, turn every other position into fresh noise, and look again (Mask-Predict, 1904.09324, for
        masks; DiffusionGemma for random tokens). The last pass of a block accepts all."""
        blocks = split(self.canvas.free, self.settings.blocks)
        for number, (block, share) in enumerate(zip(blocks, even_shares(self.settings.steps, max(1, len(blocks))))):
            yield from self.renoise_block(block, share, last=number == len(blocks) - 1)

    def renoise_block(self, block: list[int], passes: int, last: bool) -> Iterator[Pass]:
        positions = on_device(block, self.sequence.ids.device)
        everything = torch.ones(len(block), dtype=torch.bool, device=positions.device)
        pace = COMMITS[self.settings.commit].pace or "even"
        targets = PACES[pace](len(block), min(passes, len(block)))
        led = torch.full_like(positions, -1)  # the likeliest ids of the pass before
        settled = torch.zeros_like(everything)
        self.predict.begin(block, cached=False)
        for i in range(passes):
            temperature = self.settings.temperature * (1 - 0.5 * i / max(1, passes - 1))  # DiffusionGemma: 0.8 down to 0.4
            self.clock.start()
            choice = self.predict(self.sequence.ids, positions, temperature)
            leads = choice.best_ids[:, 0]
            stable = (leads == led) & (choice.best_probability[:, 0] >= SURE)
            view = View(choice, self.sequence.ids[positions], everything, None, None, i / passes, self.generator)
            owed = targets[min(i, len(targets) - 1)]
            if self.settings.adaptive:
                accepted = ACCEPTANCES[self.settings.commit](view, self.commit_level)
                accepted |= highest(choice.probability, everything, owed)
            else:
                accepted = highest(ORDERS[self.settings.commit](view, self.commit_level), everything, owed)
            calm = (leads == led).all() & (choice.entropy.mean() < self.revise_level) & self.settings.adaptive
            over = calm | (i == passes - 1)  # on the device: asking there would be a second copy to the host
            accepted = accepted | over
            fresh = self.noise.draw(self.settings.noise, len(block), self.generator)
            ids = torch.where(accepted, choice.ids, fresh)
            now = accepted & stable | over
            standing = torch.where(now, int(Standing.SETTLED), torch.where(accepted, int(Standing.DRAFT), int(Standing.OPEN)))
            self.sequence.write(positions, ids, ~now)
            rows = to_host(choice, ids, standing, now & ~settled)
            led, settled = leads, now
            ms = self.clock.stop()
            made = outcomes(block, rows)
            self.sequence.take(made, renoised=True)
            done = not self.sequence.open & set(block)
            yield self.sequence.passed(ms, made, self.predict.work, last and done)
            if done:
                return
