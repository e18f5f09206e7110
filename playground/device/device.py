"""The choice of the device that computes, and its name for a reader."""

from __future__ import annotations

import os

import torch

from playground.errors import PlaygroundError


def pick_device(wanted: str | None = None) -> torch.device:
    """The device called ``wanted``, or the best on this machine: CUDA, then MPS, then CPU. Raises PlaygroundError if
    there is no such device."""
    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if wanted is None:
        return torch.device(next(name for name in ("cuda", "mps", "cpu") if there[name]))
    if not there.get(wanted.split(":")[0], False):
        usable = ", ".join(name for name, is_there in there.items() if is_there)
        raise PlaygroundError(f"There is no device {wanted!r} on this machine. Use one of: {usable}.")
    try:
        device = torch.device(wanted)
    except RuntimeError:
        raise PlaygroundError(f"{wanted!r} names no device. Write cpu, cuda, cuda:1 or mps.") from None
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise PlaygroundError(
            f"There is no {wanted} on this machine: it has {torch.cuda.device_count()} CUDA device(s), from cuda:0."
        )
    return device


def describe_device(device: torch.device) -> str:
    """The name of a device for a reader, e.g. ``2 CPU cores``."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    if device.type == "mps":
        return "Apple GPU"
    cores = min(torch.get_num_threads(), os.cpu_count() or 1)
    return f"{cores} CPU core{'s' if cores != 1 else ''}"
