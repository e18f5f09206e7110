"""The memory of the device that computes."""

import pytest
import torch

from playground.device.memory import device_memory
from playground.download.machine import machine_memory


def test_a_cpu_has_the_machines_memory():
    memory, machine = device_memory(torch.device("cpu")), machine_memory()
    assert (memory.total, memory.of) == (machine.total, "this machine")


@pytest.mark.gpu
def test_a_gpu_has_its_own_and_what_torch_keeps_in_reserve_is_free():
    device = torch.device("cuda")
    before = device_memory(device)
    held = torch.empty(1 << 28, dtype=torch.uint8, device=device)
    during = device_memory(device)
    assert before.free - during.free >= 1 << 28
    del held
    assert device_memory(device).free - during.free >= 1 << 28
    assert during.total == before.total and during.of == "the GPU"
