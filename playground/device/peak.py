"""The device's measured peak: the fastest matrix product and the fastest stream through memory it was seen to do.

Measured and not read off a data sheet, so that a share of it says how busy this chip is, with these threads and clocks.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import lru_cache, partial

import torch

from playground.device.clock import synchronise
from playground.metrics.cost import Peak

LARGEST_PRODUCT = 8192  # side of a square matrix
LONG_ENOUGH_S = 0.005  # a product that takes this long hides its call; no larger one is tried
ROUNDS = 4
STREAM_BYTES = {
    "cpu": 1 << 26
}  # per array; two arrays. First touch of memory is slow on a CPU, so not more than needed
LARGE_STREAM_BYTES = 1 << 30  # a GPU's caches hold tens of megabytes


@lru_cache
def measured_peak(device: torch.device, dtype: torch.dtype) -> Peak:
    """Measured once per process: about 0.3 s on a CPU. Call it on the engine's device thread, with no pass under way."""
    return Peak(fastest_product(device, dtype), fastest_stream(device, dtype))


@torch.inference_mode()
def fastest_product(device: torch.device, dtype: torch.dtype) -> float:
    """Operations per second of the best square matrix product [n, n] x [n, n], 2 n^3 each, n doubling from 256."""
    best, side = 0.0, 256
    while side <= LARGEST_PRODUCT:
        left, right = (torch.randn(side, side, device=device).to(dtype) for _ in range(2))
        out = torch.empty_like(left)
        seconds = _fastest(partial(torch.mm, left, right, out=out), device)
        best = max(best, 2 * side**3 / seconds)
        if seconds > LONG_ENOUGH_S:
            break
        side *= 2
    return best


@torch.inference_mode()
def fastest_stream(device: torch.device, dtype: torch.dtype) -> float:
    """Bytes per second of the better of a copy (one read, one write) and a sum in place (two reads, one write), as STREAM
    counts them (McCalpin, 1995): what a processor reads only in order to overwrite it is not counted."""
    size = STREAM_BYTES.get(device.type, LARGE_STREAM_BYTES)
    source = torch.ones(size // dtype.itemsize, device=device, dtype=dtype)
    target = torch.zeros_like(source)
    copying = _fastest(lambda: target.copy_(source), device)
    adding = _fastest(lambda: target.add_(source), device)
    return max(2 * size / copying, 3 * size / adding)


def _fastest(work: Callable[[], object], device: torch.device) -> float:
    """Seconds of the quickest of a few rounds, each long enough that waiting for the device is no part of it."""
    work()
    repeats, best = 1, float("inf")
    for _ in range(ROUNDS):
        synchronise(device)
        began = time.perf_counter()
        for _ in range(repeats):
            work()
        synchronise(device)
        seconds = (time.perf_counter() - began) / repeats
        best = min(best, seconds)
        repeats = max(1, min(64, int(LONG_ENOUGH_S / max(seconds, 1e-9))))
    return best
