"""The memory of the device that computes."""

import pytest
import torch

from playground.decoders.cuda_graphs import give_back_memory
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


def test_what_torch_keeps_in_reserve_on_an_apple_gpu_is_free_and_is_given_back(monkeypatch):
    """After a pair of 9 GB was freed: torch still holds its memory, and no tensor is in it."""
    held = [10 << 30]
    monkeypatch.setattr(torch.mps, "recommended_max_memory", lambda: 12 << 30)
    monkeypatch.setattr(torch.mps, "driver_allocated_memory", lambda: held[0])
    monkeypatch.setattr(torch.mps, "current_allocated_memory", lambda: 1 << 30)
    monkeypatch.setattr(torch.mps, "empty_cache", lambda: held.__setitem__(0, 1 << 30))
    memory = device_memory(torch.device("mps"))
    assert (memory.free, memory.total, memory.of) == (11 << 30, 12 << 30, "the Apple GPU")
    give_back_memory(torch.device("mps"))
    assert held == [1 << 30]
