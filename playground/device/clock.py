"""The lane clock: monotonic host time around one pass.

It synchronises the device before and after, so that the time includes all work queued on a GPU.
"""

from __future__ import annotations

import time

import torch


def synchronise(device: torch.device) -> None:
    """Wait until the device has finished all queued work. On a CPU there is nothing to wait for."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()


class Stopwatch:
    """Times one pass. The copy of the results to the host belongs inside the time; text and drawing do not."""

    def __init__(self, device: torch.device):
        self.device = device

    def start(self) -> None:
        """Start the clock."""
        synchronise(self.device)
        self._began = time.perf_counter()

    def stop(self) -> float:
        """Milliseconds since ``start``."""
        synchronise(self.device)
        return (time.perf_counter() - self._began) * 1000
