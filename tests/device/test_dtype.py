"""The number format in which a model computes on a device."""

from contextlib import nullcontext

import pytest
import torch

from playground.device.dtype import pick_dtype


@pytest.mark.parametrize("fast, dtype", [(True, torch.bfloat16), (False, torch.float32)])
@pytest.mark.parametrize("parameters", [9_000_000, 8_000_000_000])
def test_a_gpu_that_only_emulates_bfloat16_computes_in_float32(monkeypatch, fast, dtype, parameters):
    """torch says of a T4 that it takes bfloat16 unless it is asked whether it only emulates it."""
    monkeypatch.setattr(torch.cuda, "device", lambda device: nullcontext())
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation=True: fast or including_emulation)
    assert pick_dtype(torch.device("cuda"), parameters) is dtype
