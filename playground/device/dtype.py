"""The type of numbers in which a model computes on a device."""

from __future__ import annotations

import torch

from playground.catalog.records import SMALL


def pick_dtype(device: torch.device, parameters: int) -> torch.dtype:
    """bfloat16 where the device computes it fast, else float32. parameters: of the model.

    A GPU or a processor without bfloat16 instructions takes four times as long for a pass in bfloat16 as in float32.
    """
    if device.type == "cuda":
        with torch.cuda.device(device):  # a GPU before Ampere, such as a T4, only emulates it
            return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float32
    fast = device.type == "mps" or (device.type == "cpu" and _instructions())
    return torch.bfloat16 if fast and parameters > SMALL else torch.float32


def _instructions() -> bool:
    """Whether the processor has instructions for bfloat16. torch tells it by private names only."""
    names = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    return any(getattr(torch.cpu, name, lambda: False)() for name in names)
