"""The memory of the device that computes."""

from __future__ import annotations

import torch

from playground.download.machine import Memory, machine_memory


def device_memory(device: torch.device) -> Memory:
    """Free and total bytes of a device: a GPU's own, or the machine's RAM for a CPU.

    What torch keeps in reserve for this process counts as free: the next model gets it.
    """
    if device.type == "cuda":
        free, total = torch.cuda.mem_get_info(device)
        reserve = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return Memory(free + reserve, total, "the GPU")
    if device.type == "mps":
        total = torch.mps.recommended_max_memory()
        return Memory(max(0, total - torch.mps.current_allocated_memory()), total, "the Apple GPU")
    return machine_memory()
