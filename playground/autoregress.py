"""The autoregressive lane: one token per forward pass, left to right, with a key-value cache.

A generator whose ``next()`` is exactly one forward pass; the first also reads the prompt (prefill).
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Iterator

import torch
from transformers import DynamicCache

from playground.passes import Pass, SpecialIds, choose, guess_from_row
from playground.timing import Stopwatch


@dataclass(frozen=True)
class AutoregressSettings:
    """length: at most so many tokens; temperature: of the choice; bar_end: never choose the end token."""

    length: int = 64
    temperature: float = 0.0
    seed: int = 0
    bar_end: bool = False


@torch.inference_mode()
def autoregress(
    model: torch.nn.Module, prompt: torch.Tensor, settings: AutoregressSettings, special: SpecialIds
) -> Iterator[Pass]:
    """Continue a prompt (int64 [prompt], not empty) with a causal stock decoder until its end token or the length.

    Yields the start, then one Pass per forward pass, each with one committed guess.
    """
    device = prompt.device
    generator = torch.Generator(device).manual_seed(settings.seed)
    barred = [i for i, bar in ((special.mask, special.mask is not None), (special.end, settings.bar_end)) if bar]
    ids = prompt.tolist()
    final = len(ids) + settings.length
    yield Pass(0, 0.0, tuple(ids), (), frozenset(range(len(ids), final)), last=False)

    clock, cache, inputs = Stopwatch(device), DynamicCache(config=model.config), prompt
    everything = torch.ones(1, device=device)
    for i in range(1, settings.length + 1):
        clock.start()
        hidden = model.model(inputs[None], past_key_values=cache, use_cache=True).last_hidden_state[0, -1:]
        choice = choose(model.lm_head(hidden), barred, settings.temperature, generator)
        inputs = choice.ids
        (row,) = choice.rows(everything)
        ms = clock.stop()
        guess = guess_from_row(len(ids), row)
        ids.append(guess.id)
        ended = guess.id == special.end or len(ids) == final
        yield Pass(i, ms, tuple(ids), (guess,), frozenset(range(len(ids), final)), last=ended)
        if ended:
            return
