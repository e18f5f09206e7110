"""The device's measured peak: its fastest matrix product, and its fastest stream through memory.

It is measured, not taken from a data sheet, so that a share of it says how busy this chip is with these threads and
clocks.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import lru_cache, partial

import torch

from playground.device.clock import synchronise
from playground.metrics.cost import Peak

LARGEST_PRODUCT = 8192  # side of a square matrix
LONG_ENOUGH_S = 0.005  # next to a product of this length the time of the call is negligible; no larger one is tried
ROUNDS = 4
STREAM_BYTES = {
    "cpu": 1 << 26
}  # per array, of two. The first touch of memory is slow on a CPU, so no more than necessary
LARGE_STREAM_BYTES = 1 << 30  # a GPU's caches hold tens of megabytes


@lru_cache
def measured_peak(device: torch.device, dtype: torch.dtype) -> Peak:
    """The peak of a device for one number format. It is measured once per process, which takes about 0.3 s on a CPU.
    Call it on the engine's device thread while no pass runs."""
    return Peak(fastest_product(device, dtype), fastest_stream(device, dtype))


@torch.inference_mode()
def fastest_product(device: torch.device, dtype: torch.dtype) -> float:
    """Operations per second of the fastest matrix product [n, n] x [n, n], which has 2 n^3 operations. n doubles from
    256."""
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
    """Bytes per second of the faster of two kernels: a copy (one read, one write) and a sum in place (two reads, one
    write).

    Counted as in STREAM (McCalpin, 1995): memory that a processor reads only in order to overwrite it does not count.
    """
    size = STREAM_BYTES.get(device.type, LARGE_STREAM_BYTES)
    source = torch.ones(size // dtype.itemsize, device=device, dtype=dtype)
    target = torch.zeros_like(source)
    copying = _fastest(lambda: target.copy_(source), device)
    adding = _fastest(lambda: target.add_(source), device)
    return max(2 * size / copying, 3 * size / adding)


def _fastest(work: Callable[[], object], device: torch.device) -> float:
    """Seconds per call of ``work`` in the fastest of ROUNDS rounds. Each round repeats it until the wait for the
    device is negligible."""
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
