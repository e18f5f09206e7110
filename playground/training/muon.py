"""Muon for processors that have no bfloat16 instructions: torch's optimiser, its iteration in float32.

torch.optim.Muon iterates in bfloat16. On a CPU that emulates bfloat16 a step of the twins' shape takes 13 s, several times what the
gradients take; in float32 it takes 0.5 s.
"""
from __future__ import annotations

import torch


def has_fast_bfloat16(device: torch.device) -> bool:
    """Whether torch's own Muon is quick there."""
    return device.type != "cpu" or (torch.backends.mkldnn.is_available() and torch.ops.mkldnn._is_mkldnn_bf16_supported())


class Float32Muon(torch.optim.Muon):
    """torch.optim.Muon with the same options, state and rule, for the "match_rms_adamw" adjustment that the twins use."""

    @torch.no_grad()
    def step(self, closure=None) -> None:
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is None:
                    continue
                state = self.state[weight]
                momentum = state.setdefault("momentum_buffer", torch.zeros_like(weight))
                momentum.lerp_(weight.grad, 1 - group["momentum"])
                ahead = weight.grad.lerp(momentum, group["momentum"]) if group["nesterov"] else momentum
                rate = group["lr"] * 0.2 * max(weight.shape) ** 0.5  # match_rms_adamw: an update as large as AdamW's
                weight.mul_(1 - group["lr"] * group["weight_decay"])
                weight.add_(orthogonal(ahead, group["ns_coefficients"], group["ns_steps"], group["eps"]), alpha=-rate)


def orthogonal(matrix: torch.Tensor, coefficients: tuple[float, float, float], steps: int, eps: float) -> torch.Tensor:
    """Float32 [m, n], near the closest matrix with orthonormal rows or columns, by a quintic Newton-Schulz iteration
    (Jordan et al., Muon, 2024)."""
    a, b, c = coefficients
    tall = matrix.shape[0] > matrix.shape[1]
    near = matrix.T if tall else matrix
    near = near / near.norm().clamp(min=eps)
    for _ in range(steps):
        gram = near @ near.T
        near = torch.addmm(near, torch.addmm(gram, gram, gram, beta=b, alpha=c), near, beta=a)
    return near.T if tall else near
