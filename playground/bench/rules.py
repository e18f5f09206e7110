"""Measures the cost of the sampling rules: the time of a pass outside the model's forward pass, by rule."""

from __future__ import annotations

import time
from statistics import median
from typing import Any

import torch

from playground.bench.lanes import REQUEST, ROUNDS
from playground.decoders import Decoder
from playground.device.clock import synchronise
from playground.engine.twins import Twins
from playground.request.rules import COMMITS, REVISIONS
from playground.request.sampler_settings import DenoiseSettings
from playground.samplers.canvas import blank
from playground.samplers.diffusion.sampler import denoise

PLAIN = {"commit": "confidence"}
VARIANTS = {
    **{f"commit {name}": {"commit": name} for name in COMMITS if name != "confidence"},
    **{f"revise {name}": {"revise": name} for name in REVISIONS if name not in ("none", "renoise")},
    "revise renoise on characters": {"revise": "renoise", "noise": "characters"},
}


class Watched:
    """A decoder that adds up the time of its forward passes and output head in ``ms``."""

    def __init__(self, decoder: Decoder):
        self._decoder, self.ms = decoder, 0.0
        self.device, self.vocabulary = decoder.device, decoder.vocabulary

    def hidden(self, *arguments, **named) -> torch.Tensor:
        return self._timed(self._decoder.hidden, *arguments, **named)

    def logits(self, hidden: torch.Tensor) -> torch.Tensor:
        return self._timed(self._decoder.logits, hidden)

    def _timed(self, function, *arguments, **named) -> torch.Tensor:
        synchronise(self.device)
        began = time.perf_counter()
        out = function(*arguments, **named)
        synchronise(self.device)
        self.ms += (time.perf_counter() - began) * 1000
        return out


def one_run(engine: Twins, chosen: dict[str, Any]) -> tuple[float, float]:
    """(forward ms, other ms) per pass of one run of the bench's request with the settings ``chosen``."""
    settings = DenoiseSettings(steps=REQUEST.steps, bar_end=True, **chosen)
    watched = Watched(engine.diffusion.decoder)
    prompt = engine.diffusion.open(REQUEST).canvas
    canvas = blank(prompt.ids[: prompt.start], REQUEST.length, engine.diffusion.noise, settings.noise)
    passes = list(denoise(watched, canvas, settings, engine.diffusion.special, engine.diffusion.noise))[1:]
    return watched.ms / len(passes), (sum(step.ms for step in passes) - watched.ms) / len(passes)


def rule_overhead(engine: Twins) -> dict[str, Any]:
    """The time outside the forward pass as a share of the forward pass: under the plain rule (choice of tokens and
    copy to the host), and what each other rule adds. Target: a rule adds under 5%. A longer forward pass (WINO) does
    not count as added."""
    rounds: dict[str, list[tuple[float, float]]] = {"plain": [], **{name: [] for name in VARIANTS}}
    for _ in range(ROUNDS):
        rounds["plain"].append(one_run(engine, PLAIN))
        for name, chosen in VARIANTS.items():
            rounds[name].append(one_run(engine, chosen))
    plain = median(other for _, other in rounds["plain"])
    shares = {
        name: round(median(max(0.0, other - plain) / forward for forward, other in rows), 4)
        for name, rows in rounds.items()
        if name != "plain"
    }
    forward = median(ms for ms, _ in rounds["plain"])
    return {
        "forward_ms": round(forward, 3),
        "plain_rest_ms": round(plain, 3),
        "plain_rest_share": round(plain / forward, 4),
        "added_share": shares,
        "worst_added_share": max(shares.values()),
        "target": "added under 0.05",
        "rounds": ROUNDS,
    }
