"""Muon that stacks matrices of one shape. It has the rule, options and state of torch.optim.Muon and launches far fewer
kernels.

torch.optim.Muon updates the matrices one by one, with about thirty small kernels each. On a GPU these launches take
longer than the rest of a training step of the twins. It also iterates in bfloat16; a CPU that emulates bfloat16 takes
13 s per step, so the stack is float32 there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import torch


def has_fast_bfloat16(device: torch.device) -> bool:
    """Whether the device computes matrix products in bfloat16 without emulation."""
    return device.type != "cpu" or (
        torch.backends.mkldnn.is_available() and torch.ops.mkldnn._is_mkldnn_bf16_supported()
    )


class StackedMuon(torch.optim.Muon):
    """torch.optim.Muon (Jordan et al., 2024), only with the "match_rms_adamw" adjustment that the twins use."""

    @torch.no_grad()
    def step(self, closure=None) -> None:
        for group in self.param_groups:
            for weights in by_shape(weight for weight in group["params"] if weight.grad is not None):
                gradients = [weight.grad for weight in weights]
                momenta = [
                    self.state[weight].setdefault("momentum_buffer", torch.zeros_like(weight)) for weight in weights
                ]
                torch._foreach_lerp_(momenta, gradients, 1 - group["momentum"])
                ahead = torch._foreach_lerp(gradients, momenta, group["momentum"]) if group["nesterov"] else momenta
                stack = torch.stack(list(ahead)).to(
                    torch.bfloat16 if has_fast_bfloat16(weights[0].device) else torch.float32
                )
                update = orthogonal(stack, group["ns_coefficients"], group["ns_steps"], group["eps"]).to(
                    weights[0].dtype
                )
                # match_rms_adamw: updates have the RMS of AdamW's
                rate = group["lr"] * 0.2 * max(weights[0].shape) ** 0.5
                torch._foreach_mul_(weights, 1 - group["lr"] * group["weight_decay"])
                torch._foreach_add_(weights, list(update.unbind()), alpha=-rate)


def by_shape(weights: Iterable[torch.Tensor]) -> list[list[torch.Tensor]]:
    """Group weights by shape and device, in order of first appearance."""
    found: dict[tuple, list[torch.Tensor]] = defaultdict(list)
    for weight in weights:
        found[weight.shape, weight.device].append(weight)
    return list(found.values())


def orthogonal(
    matrices: torch.Tensor, coefficients: tuple[float, float, float], steps: int, eps: float
) -> torch.Tensor:
    """For every matrix of [stack, m, n], an approximation of the nearest matrix with orthonormal rows or columns, by a
    quintic Newton-Schulz iteration (Jordan et al., Muon, 2024)."""
    a, b, c = coefficients
    tall = matrices.shape[1] > matrices.shape[2]
    near = matrices.mT if tall else matrices
    near = near / near.norm(dim=(1, 2), keepdim=True).clamp(min=eps)
    for _ in range(steps):
        gram = near @ near.mT
        near = torch.baddbmm(near, torch.baddbmm(gram, gram, gram, beta=b, alpha=c), near, beta=a)
    return near.mT if tall else near
