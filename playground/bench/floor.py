"""Compares the time of a pass with its lower bound: the matrix products of the pass alone, which no implementation can
avoid."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

import torch

from playground.decoders import Decoder, fastest_decoder
from playground.device.clock import synchronise
from playground.engine.twins import Twins

WARM_UP, ROUNDS, REPEATS = 2, 15, 4
PROMPT, CANVAS = 17, 64  # positions of the diffusion pass; the output head runs on the canvas
HELD = PROMPT + CANVAS // 2  # positions in the cache of an AR step, halfway through the text


def products(model: torch.nn.Module, queries: int, keys: int, head_rows: int, across: bool) -> Callable[[], None]:
    """A function that computes all matrix products of one pass, on preallocated tensors: q, k and v in one product,
    attention scores, weighted values, output, gate and up in one product, down, head.

    The pass has ``queries`` new positions, ``keys`` positions to attend to, and ``head_rows`` positions for the head.
    With ``across`` the weights are [in, out] in memory, else [out, in] as in the model class; which is faster depends
    on the number of rows.
    """
    config, weights = model.config, next(model.parameters())
    heads, key_heads = config.num_attention_heads, config.num_key_value_heads
    dim, width, inner = model.model.layers[0].self_attn.head_dim, config.hidden_size, config.intermediate_size

    def numbers(*shape: int) -> torch.Tensor:
        return torch.randn(shape, device=weights.device, dtype=weights.dtype)

    def product(rows: int, inputs: int, outputs: int) -> tuple[torch.Tensor, ...]:
        weight = numbers(inputs, outputs) if across else numbers(outputs, inputs).t()
        return numbers(rows, inputs), weight, numbers(rows, outputs)

    q, k, v = numbers(heads, queries, dim), numbers(heads, keys, dim), numbers(heads, keys, dim)
    scores, mixed = numbers(heads, queries, keys), numbers(heads, queries, dim)
    one_layer = [(width, (heads + 2 * key_heads) * dim), (heads * dim, width), (width, 2 * inner), (inner, width)]
    layers = [[product(queries, *shape) for shape in one_layer] for _ in range(config.num_hidden_layers)]
    head_in, head, head_out = product(head_rows, width, config.vocab_size)
    mm, bmm, turned = torch.mm, torch.bmm, k.transpose(1, 2)

    def run() -> None:
        for layer in layers:
            for x, weight, out in layer:
                mm(x, weight, out=out)
            bmm(q, turned, out=scores)
            bmm(scores, v, out=mixed)
        mm(head_in, head, out=head_out)

    return run


@dataclass
class Runs:
    """One way to run a pass."""

    call: Callable[[], Any]  # timed, REPEATS times in a row
    prepare: Callable[[], Any] = lambda: None  # called before them, not timed


def diffusion_pass(decoder: Decoder) -> Runs:
    """A pass over prompt and canvas, with the output head on the canvas."""
    ids = torch.arange(5, 5 + PROMPT + CANVAS, device=decoder.device)[None]
    return Runs(lambda: decoder.logits(decoder.hidden(ids)[:, PROMPT:]))


def ar_step(decoder: Decoder) -> Runs:
    """AR steps with about HELD positions in the cache. The cache grows, so every series of steps starts with a new
    one."""
    ids = torch.arange(5, 5 + HELD, device=decoder.device)[None]
    caches: list[Any] = []

    def prepare() -> None:
        caches[:] = [decoder.ar_cache(HELD + REPEATS)]
        decoder.step(ids[:, : HELD - REPEATS // 2], caches[0])

    return Runs(lambda: decoder.logits(decoder.step(ids[:, :1], caches[0])), prepare)


def in_turns(ways: dict[str, Runs], device: torch.device) -> dict[str, list[float]]:
    """Times of one call in ms, by way: ROUNDS values, each the mean of REPEATS calls in a row. The ways alternate."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(WARM_UP + ROUNDS):
        for name, runs in ways.items():
            runs.prepare()
            synchronise(device)
            began = time.perf_counter()
            for _ in range(REPEATS):
                runs.call()
            synchronise(device)
            if number >= WARM_UP:
                times[name].append((time.perf_counter() - began) * 1000 / REPEATS)
    return times


@torch.inference_mode()
def against_floor(engine: Twins) -> dict[str, Any]:
    """The times of the stock class and of the fastest decoder relative to the lower bound, which is the faster of two
    memory layouts of the weights. Target: at most 1.5 on a CPU."""
    out: dict[str, Any] = {}
    cases = {
        "diffusion_pass": (engine.diffusion.model, diffusion_pass, (PROMPT + CANVAS, PROMPT + CANVAS, CANVAS)),
        "ar_step": (engine.ar.model, ar_step, (1, HELD + 1, 1)),
    }
    for name, (model, make, shapes) in cases.items():
        decoder = fastest_decoder(model)
        times = in_turns(
            {
                "floor": Runs(products(model, *shapes, across=True)),
                "floor_as_stored": Runs(products(model, *shapes, across=False)),
                "class": make(Decoder(model)),
                "fast": make(decoder),
            },
            decoder.device,
        )
        floors = [min(pair) for pair in zip(times["floor"], times["floor_as_stored"])]
        out[name] = {
            "floor_ms": round(median(floors), 3),
            "decoder": type(decoder).__name__,
            **{f"{way}_ms": round(median(times[way]), 3) for way in ("class", "fast")},
            **{
                f"{way}_over_floor": round(median(t / f for t, f in zip(times[way], floors)), 2)
                for way in ("class", "fast")
            },
        }
    return {**out, "target": 1.5, "rounds": ROUNDS}
