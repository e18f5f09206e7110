"""The mask-diffusion sampler (LLaDA, 2502.09992, alg. 4 and 5): predict every open position, commit some, repeat.

A generator whose ``next()`` is exactly one forward pass. Knows nothing about tokenization, text or the page.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Iterator

import torch

from playground.denoise.blocks import plan
from playground.denoise.commit import RULES, highest
from playground.passes import Pass, SpecialIds, choose, guess_from_row
from playground.timing import Stopwatch


@dataclass(frozen=True)
class DenoiseSettings:
    """length: canvas in tokens; steps: passes, at most length; order: a name in commit.RULES; temperature: of the choice
    of tokens; blocks: pieces of the canvas, left to right; bar_end: never choose the end token."""

    length: int = 64
    steps: int = 16
    order: str = "confidence"
    temperature: float = 0.0
    seed: int = 0
    blocks: int = 1
    bar_end: bool = False

    def __post_init__(self):
        if not 1 <= self.blocks <= self.steps <= self.length:
            raise ValueError(
                f"Need 1 <= blocks <= steps <= length, not blocks={self.blocks}, steps={self.steps}, length={self.length}."
            )


@torch.inference_mode()
def denoise(
    model: torch.nn.Module, prompt: torch.Tensor, settings: DenoiseSettings, special: SpecialIds
) -> Iterator[Pass]:
    """Denoise ``settings.length`` masks behind a prompt (int64 [prompt]) with a bidirectional stock decoder.

    Yields the start, then one Pass per forward pass. The output head runs only on the open positions of the current
    block; the same seed and settings give the same tokens on the same device.
    """
    device, rule = prompt.device, RULES[settings.order]
    generator = torch.Generator(device).manual_seed(settings.seed)
    barred = [special.mask] + ([special.end] if settings.bar_end else [])
    masks = prompt.new_full((settings.length,), special.mask)
    ids = torch.cat([prompt, masks])  # [prompt + length]
    host_ids = ids.tolist()
    open_positions = list(range(len(prompt), len(ids)))
    yield Pass(0, 0.0, tuple(host_ids), (), frozenset(open_positions), last=False)

    passes = plan(len(prompt), settings.length, settings.steps, settings.blocks)
    clock = Stopwatch(device)
    for i, (first, last, count) in enumerate(passes, start=1):
        at = [position for position in open_positions if first <= position < last]
        clock.start()
        candidates = torch.tensor(at, device=device)
        hidden = model.model(ids[None], use_cache=False).last_hidden_state[0, candidates]  # [n, hidden]
        choice = choose(model.lm_head(hidden), barred, settings.temperature, generator)
        committed = highest(rule(choice, generator), count)
        ids = ids.index_put((candidates[committed],), choice.ids[committed])
        rows = choice.rows(committed)
        ms = clock.stop()
        guesses = tuple(guess_from_row(position, row) for position, row in zip(at, rows))
        for guess in guesses:
            if guess.committed:
                host_ids[guess.position] = guess.id
        settled = {guess.position for guess in guesses if guess.committed}
        open_positions = [position for position in open_positions if position not in settled]
        yield Pass(i, ms, tuple(host_ids), guesses, frozenset(open_positions), last=i == len(passes))
