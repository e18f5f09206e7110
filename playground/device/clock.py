"""The lane clock: monotonic host time around one pass, device synchronised, so that work queued on a GPU is counted."""

from __future__ import annotations

import time

import torch


def synchronise(device: torch.device) -> None:
    """Wait until the device has done all queued work; nothing to wait for on a CPU."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()


class Stopwatch:
    """Times one pass. The copy of the results to the host belongs inside; text and drawing do not."""

    def __init__(self, device: torch.device):
        self.device = device

    def start(self) -> None:
        synchronise(self.device)
        self._began = time.perf_counter()

    def stop(self) -> float:
        """Milliseconds since ``start``."""
        synchronise(self.device)
        return (time.perf_counter() - self._began) * 1000
