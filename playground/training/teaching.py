"""Teaching: a diffusion twin learns lessons and keeps what it knows.

Beside the lessons it reads windows of the mix, and there it is held to the predictions of the twin that it began from:
learning without forgetting (Li and Hoiem, 1606.09282). In dialogues it is held only where those predictions are right.
Stories go on in many ways, so in stories it is held everywhere.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import replace

import numpy as np
import torch
from torch.nn.functional import kl_div

from playground.training.corpus import Packed
from playground.training.lessons import NOISE, Lessons
from playground.training.loop import BatchSource, TrainSettings, batch_logits, batch_loss
from playground.training.objectives import Batch, diffusion_batch, reply_starts

APART = 1 << 20  # added to the seed of lessons, so that their draws are not those of the windows


class Teaching:
    """The loss of a step, in place of that of a batch of windows; a pure function of (settings.seed, step) and the
    models. ``settings.lessons`` is the share of the tokens that lessons get; stories and dialogues halve the rest."""

    def __init__(
        self,
        lessons: Lessons,
        packed: Packed,
        tokenizer,
        settings: TrainSettings,
        device: torch.device,
        before: torch.nn.Module,
    ):
        self.lessons, self.settings, self.device = lessons, settings, device
        self.before = before.to(device).eval().requires_grad_(False)  # the twin that this one began from
        half = replace(settings, batch_tokens=settings.half_of_the_rest, lessons=0.0)
        self.dialogues, self.stories = (
            BatchSource(packed, tokenizer, replace(half, stories=share), device) for share in (0.0, 1.0)
        )

    def __call__(self, step: int, model: torch.nn.Module, half: AbstractContextManager) -> torch.Tensor:
        """The loss in nats, a scalar."""
        with half:
            lesson, dialogue, story = self.lesson(step), self.dialogues(step, model), self.stories(step, model)
        with half:
            held = [held_loss(model, self.before, b, only_right=b is dialogue) for b in (dialogue, story)]
            return batch_loss(model, lesson) + sum(held) / len(held)

    def lesson(self, step: int) -> Batch:
        """The lessons of a step, with loss up to their ends alone. What follows is hidden at the same level, as it is while
        a reply is written."""
        seed, source = self.settings.seed + APART, self.dialogues
        tokens = round(self.settings.batch_tokens * self.settings.lessons)
        drawn = self.lessons.draw(tokens, np.random.default_rng((seed, step)))
        windows, ends = (torch.from_numpy(array).to(self.device) for array in drawn)
        generator = torch.Generator(self.device).manual_seed(seed * 1_000_003 + step)
        replies = reply_starts(windows, source.reply)
        return diffusion_batch(windows, source.mask, source.alphabets, NOISE, generator, replies=replies, ends=ends)


def held_loss(model: torch.nn.Module, before: torch.nn.Module, batch: Batch, *, only_right: bool) -> torch.Tensor:
    """The divergence of a model's predictions from those of the model before, KL(before | model) in nats by the batch's
    weights; ``only_right``: only where the likeliest token of the model before is the target."""
    with torch.no_grad(), torch.compiler.set_stance("force_eager"):
        known = batch_logits(before, batch).log_softmax(-1)
    kept = known.argmax(-1) == batch.targets if only_right else torch.ones_like(batch.targets, dtype=torch.bool)
    apart = kl_div(batch_logits(model, batch).log_softmax(-1), known, reduction="none", log_target=True).sum(-1)
    return (apart * batch.weights * kept).sum()
