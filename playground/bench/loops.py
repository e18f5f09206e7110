"""Compares our sampler with the published LLaDA loop (2502.09992, alg. 5 and its public generate function) on the same
weights.

The baseline is written from the description of that loop and is no slower. Per step it computes one forward pass over
all positions without a cache, the output head on every position, Gumbel noise in float64 if the temperature is above
zero, a softmax over the whole vocabulary, and a top-k.
"""

from __future__ import annotations

import time
from statistics import median
from typing import Any

import torch
import torch.nn.functional as F

from playground.bench.lanes import REQUEST, ROUNDS
from playground.bench.large import Plan, bench_canvas, decoders, diffusion_lane, failure
from playground.decoders import Decoder
from playground.decoders.cuda_graphs import give_back_memory
from playground.decoders.special_ids import SpecialIds
from playground.device.clock import synchronise
from playground.engine.twins import Twins
from playground.request.sampler_settings import DenoiseSettings
from playground.samplers.diffusion.sampler import denoise


def gumbel(logits: torch.Tensor, temperature: float) -> torch.Tensor:
    """The published Gumbel noise: exp(logits) / (-log u)^temperature in float64, or the logits at temperature 0.
    Keeps the shape."""
    if temperature == 0:
        return logits
    logits = logits.to(torch.float64)
    return logits.exp() / (-torch.log(torch.rand_like(logits))) ** temperature


@torch.no_grad()
def published_loop(
    model, prompt: torch.Tensor, length: int, steps: int, temperature: float, special: SpecialIds
) -> torch.Tensor:
    """The published loop: full canvas, low-confidence remasking, the end token barred. Takes a prompt int64 [prompt]
    and returns int64 [prompt + length]."""
    mask = special.mask
    x = torch.full((1, len(prompt) + length), mask, dtype=torch.long, device=prompt.device)
    x[0, : len(prompt)] = prompt
    base, rest = divmod(length, steps)
    for step in range(steps):
        masked = x == mask
        logits = model(x, use_cache=False).logits
        logits[..., special.end] = -torch.inf
        tokens = gumbel(logits, temperature).argmax(-1)
        p = F.softmax(logits, dim=-1)
        confidence = p.gather(-1, tokens[..., None]).squeeze(-1)
        tokens = torch.where(masked, tokens, x)
        confidence = torch.where(masked, confidence, -torch.inf)
        chosen = confidence[0].topk(base + (step < rest)).indices
        x[0, chosen] = tokens[0, chosen]
    synchronise(prompt.device)
    return x[0]


def against_published_loop(engine: Twins) -> dict[str, Any]:
    """The sampler's tok/s divided by the published loop's, measured alternately. Target: at least 1.0 at temperature 0,
    with the same tokens as output."""
    twin, canvas, out = engine.diffusion, engine.diffusion.open(REQUEST).canvas, {}
    ids = torch.tensor(canvas.ids[: canvas.start], device=twin.model.device)
    for steps in (16, 64):
        for temperature in (0.0, 0.7):
            settings = DenoiseSettings(steps=steps, temperature=temperature, bar_end=True)
            ratios, noise_shares, same = [], [], True
            for _ in range(ROUNDS):
                passes = list(denoise(engine.diffusion.decoder, canvas, settings, twin.special, engine.diffusion.noise))
                ours = sum(step.ms for step in passes)
                began = time.perf_counter()
                theirs_ids = published_loop(twin.model, ids, REQUEST.length, steps, temperature, twin.special)
                theirs = (time.perf_counter() - began) * 1000
                ratios.append(theirs / ours)
                noise_shares.append(_noise_ms(ids, steps, temperature, twin.model.config.vocab_size) / theirs)
                same = same and theirs_ids.tolist() == list(passes[-1].ids)
            row = {"sampler_over_loop": round(median(ratios), 3)}
            row |= (
                {"same_tokens": same} if temperature == 0 else {"noise_share_of_loop": round(median(noise_shares), 3)}
            )
            out[f"{steps} passes, temperature {temperature}"] = row
    return {**out, "target": ">= 1.0 at temperature 0", "rounds": ROUNDS}


LARGE = Plan(prompt=64, canvas=64, quick_rounds=2, rounds=3)
TEMPERATURES = (0.0, 0.7)


def beside_published_loop(model: torch.nn.Module, plan: Plan = LARGE) -> dict[str, Any]:
    """The published loop and our sampler on the same weights, prompt, passes and settings: ms of a whole text, for
    each of the plan's ways to run the sampler. ``same_tokens`` is the share of equal tokens: in bfloat16 a graph may
    round otherwise than the class, and two guesses may tie."""
    out: dict[str, Any] = {"prompt": plan.prompt, "length": plan.canvas, "passes": plan.steps}
    loops = {temperature: _loop_ms(model, plan, temperature) for temperature in TEMPERATURES}
    for name, decoder, rounds in decoders(model, plan):
        for temperature in TEMPERATURES:
            row = out.setdefault(f"temperature {temperature}", {"loop_ms": round(loops[temperature][0], 1)})
            try:
                texts = [list(diffusion_lane(decoder, plan, temperature)) for _ in range(rounds + 1)][1:]
                if missed := getattr(decoder, "uncaptured", None):
                    row[name] = {"not captured": missed}
                    continue
                ms = median([sum(step.ms for step in passes) for passes in texts])
                row[name] = {"ms": round(ms, 1), "sampler_over_loop": round(loops[temperature][0] / ms, 3)}
                if temperature == 0:
                    pairs = list(
                        zip(texts[-1][-1].ids[plan.prompt :], loops[temperature][1][plan.prompt :], strict=True)
                    )
                    row[name]["same_tokens"] = round(sum(ours == theirs for ours, theirs in pairs) / len(pairs), 3)
            except Exception as error:  # the other ways must still be measured
                row[name] = failure(error)
        del decoder
    give_back_memory(next(model.parameters()).device)
    return {**out, "target": "sampler_over_loop >= 1.0 at temperature 0"}


def _loop_ms(model: torch.nn.Module, plan: Plan, temperature: float) -> tuple[float, list[int]]:
    """The median time of the published loop in ms, after a warm-up, and its last text as ids."""
    device, times, text = next(model.parameters()).device, [], []
    canvas, special, _ = bench_canvas(Decoder(model), plan.prompt, plan.canvas)
    ids = torch.tensor(canvas.ids[: canvas.start], device=device)
    for _ in range(plan.quick_rounds + 1):
        synchronise(device)
        began = time.perf_counter()
        text = published_loop(model, ids, plan.canvas, plan.steps, temperature, special).tolist()
        times.append((time.perf_counter() - began) * 1000)
    return median(times[1:]), text


def _noise_ms(ids: torch.Tensor, steps: int, temperature: float, vocabulary: int) -> float:
    """The time of the published float64 noise alone for the shapes of one run, in ms."""
    logits = torch.randn(1, len(ids) + REQUEST.length, vocabulary, device=ids.device)
    began = time.perf_counter()
    for _ in range(steps):
        gumbel(logits, temperature)
    synchronise(ids.device)
    return (time.perf_counter() - began) * 1000
