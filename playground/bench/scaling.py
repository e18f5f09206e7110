"""Measures the cost of longer texts with the twins' shape, from 64 to 8,192 positions: only time and arithmetic.

The twins were trained on 192 positions, so they are replaced by models of their config with random weights and more
positions. These are of the stock class and run on the fastest decoder, as the lanes do: packed layers and torch's fused
attention, in float32 on a CPU. Time does not depend on the values of the weights. At each length L it measures:

* one bidirectional pass over L positions with the output head on all of them, without cache, prompt and choice of
  tokens;
* one AR step of a causal model of the same shape with L positions in its cache and the head on one; reading the
  prompt is not included.

From these it computes the time to write L tokens. AR is the sum of its steps with 0, 1, ... L - 1 positions in the
cache, as the integral of the measured steps by the trapezoidal rule. Diffusion is the time of one pass times the
number of passes, which is fixed or one per TOKENS_A_PASS tokens. A fitted exponent is the slope of log time over log
length by least squares: 1 is linear, 2 is quadratic.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from copy import deepcopy
from itertools import pairwise
from statistics import fmean, median
from typing import Any

import torch

from playground.bench.large import build, times
from playground.bench.quiet import Watch
from playground.decoders import Decoder, fastest_decoder
from playground.engine.twins import Twins
from playground.metrics.cost import DecoderShape, pass_cost

LENGTHS = tuple(64 * 2**doubling for doubling in range(8))  # 64 ... 8,192 positions
BEND = 1024  # positions; the short fit ends here and the long fit starts here
PASSES = 16  # as in the published figures, also where the page's default is another
TOKENS_A_PASS = 4
PARTS, PART_S, PART_ROUNDS = 3, 0.5, 12  # measurements per length, and the seconds and most passes of each
STEPS, STEP_ROUNDS = 4, 9  # AR steps timed together, and repetitions in one measurement


def exponent(lengths: Sequence[float], values: Sequence[float]) -> float:
    """The slope of log values over log lengths, by least squares."""
    x, y = [math.log(length) for length in lengths], [math.log(value) for value in values]
    middle = fmean(x)
    return sum((a - middle) * b for a, b in zip(x, y)) / sum((a - middle) ** 2 for a in x)


def attention_share(shape: DecoderShape, length: int) -> float:
    """Attention's share of the arithmetic of a bidirectional pass, 0 to 1: the scores and their product with the
    values."""
    whole = pass_cost(shape, length, length, length).flops
    return 1 - pass_cost(shape, length, 0, length).flops / whole


def integral(at: Sequence[float], values: Sequence[float], upto: float) -> float:
    """The area under the line through the points (at, values) from 0 to ``upto``. Before the first point the line is
    constant."""
    points = [(0.0, values[0]), *((x, y) for x, y in zip(at, values) if x <= upto)]
    return sum((right - left) * (a + b) / 2 for (left, a), (right, b) in pairwise(points))


@torch.inference_mode()
def pass_ms(decoder: Decoder, length: int, watch: Watch) -> float:
    """The median time in ms of a pass over ``length`` positions with the output head on all of them."""
    ids = _ids(decoder, length)

    def one() -> torch.Tensor:
        return decoder.logits(decoder.hidden(ids))

    (first,) = times(one, decoder.device, 1)
    rounds = max(1, min(PART_ROUNDS, int(1000 * PART_S / first)))
    return median(ms for _ in range(PARTS) for ms in watch.steady(lambda: times(one, decoder.device, rounds)))


@torch.inference_mode()
def step_ms(decoder: Decoder, held: int, watch: Watch) -> float:
    """The median time in ms of an AR step with about ``held`` positions in the cache. STEPS steps in a row are timed
    together."""
    span = (STEP_ROUNDS + 1) * STEPS  # one more round, for the warm-up
    first = max(1, held - span // 2)
    one, behind = _ids(decoder, 1), _ids(decoder, first)
    caches: list[Any] = []

    def read() -> None:
        caches[:] = [decoder.ar_cache(first + span)]
        decoder.step(behind, caches[0])

    def steps() -> None:
        for _ in range(STEPS):
            decoder.logits(decoder.step(one, caches[0]))

    parts = (watch.steady(lambda: times(steps, decoder.device, STEP_ROUNDS), read) for _ in range(PARTS))
    return median(ms for part in parts for ms in part) / STEPS


def _ids(decoder: Decoder, length: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(length)
    return torch.randint(decoder.vocabulary, (1, length), generator=generator).to(decoder.device)


def stand_in(config: Any, positions: int, like: Decoder, causal: bool) -> Decoder:
    """The fastest decoder for a model of the stock class with random weights. It has the shape of ``config`` but
    ``positions`` positions, and the device and dtype of the decoder ``like``."""
    longer = deepcopy(config)
    longer.max_position_embeddings, longer.is_causal = positions, causal
    return fastest_decoder(build(longer, like.device, like.dtype))


def row(shape: DecoderShape, length: int, ms: float, ar_step_ms: float, ar_total_ms: float) -> dict[str, float]:
    """The figures of one length: times in ms, the arithmetic of one pass in GFLOP, and the total times of writing
    ``length`` tokens. ``ms`` is the time of a bidirectional pass."""
    return {
        "positions": length,
        "ms": _round(ms),
        "ms_per_position": _round(ms / length),
        "attention_share": round(attention_share(shape, length), 4),
        "gflop": _round(pass_cost(shape, length, length, length).flops / 1e9),
        "ar_step_ms": _round(ar_step_ms),
        "ar_total_ms": _round(ar_total_ms),
        "fixed_total_ms": _round(PASSES * ms),
        "growing_total_ms": _round(max(1, length // TOKENS_A_PASS) * ms),
    }


def fits(rows: Sequence[Mapping[str, float]]) -> dict[str, float | None]:
    """The fitted exponents of measured time and of arithmetic, up to BEND positions and from BEND on; None with fewer
    than two lengths."""
    out: dict[str, float | None] = {}
    parts = {"short": [r for r in rows if r["positions"] <= BEND], "long": [r for r in rows if r["positions"] >= BEND]}
    for part, chosen in parts.items():
        lengths = [r["positions"] for r in chosen]
        for name, field in (("exponent", "ms"), ("flops_exponent", "gflop")):
            out[f"{name}_{part}"] = round(exponent(lengths, [r[field] for r in chosen]), 3) if len(chosen) > 1 else None
    return out


def scaling(engine: Twins, lengths: Sequence[int] = LENGTHS, watch: Watch | None = None) -> dict[str, Any]:
    """The figures of every length and the fitted exponents. Takes about a minute on two idle cores."""
    watch = watch or Watch()
    like, config = engine.diffusion.decoder, engine.diffusion.model.config
    shape, room = DecoderShape.of(config, like.dtype.itemsize), max(lengths) + STEPS * (STEP_ROUNDS + 1)
    both_ways, causal = (stand_in(config, room, like, is_causal) for is_causal in (False, True))
    for timed, decoder in ((pass_ms, both_ways), (step_ms, causal)):
        timed(decoder, lengths[0], Watch(0))  # warm-up: TorchScript recompiles in the first few calls
    passes = [pass_ms(both_ways, length, watch) for length in lengths]
    steps = [step_ms(causal, length, watch) for length in lengths]
    rows = [
        row(shape, length, ms, step, integral(lengths, steps, length))
        for length, ms, step in zip(lengths, passes, steps)
    ]
    return {
        "rows": rows,
        **fits(rows),
        "bend": BEND,
        "passes_fixed": PASSES,
        "tokens_a_pass": TOKENS_A_PASS,
        "decoder": type(both_ways).__name__,
        "others": watch.others,
    }


def _round(value: float) -> float:
    """Round to four significant digits."""
    return float(f"{value:.4g}")
