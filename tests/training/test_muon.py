"""Muon with stacked matrices computes the same updates as torch's Muon, except for the rounding of bfloat16."""

import pytest
import torch

from playground.training.muon import StackedMuon, orthogonal

OPTIONS = dict(lr=0.02, weight_decay=0.05, adjust_lr_fn="match_rms_adamw")
SHAPES = [(24, 24), (16, 40), (40, 16), (16, 40)]


def test_steps_equal_those_of_torch():
    torch.manual_seed(1)
    ours = [torch.nn.Parameter(torch.randn(shape)) for shape in SHAPES]
    torchs = [torch.nn.Parameter(weight.detach().clone()) for weight in ours]
    optimizers = StackedMuon(ours, **OPTIONS), torch.optim.Muon(torchs, **OPTIONS)
    for _ in range(3):
        before = [weight.detach().clone() for weight in ours]
        for weight, other in zip(ours, torchs):
            weight.grad = torch.randn(weight.shape)
            other.grad = weight.grad.clone()
        for optimizer in optimizers:
            optimizer.step()
        for weight, other, old in zip(ours, torchs, before):
            assert (weight - other).abs().max() < 0.02 * (weight - old).abs().max() + 1e-3
    for at in range(len(SHAPES)):
        theirs, own = (optimizer.state_dict()["state"][at]["momentum_buffer"] for optimizer in reversed(optimizers))
        assert torch.allclose(theirs, own)


def test_a_weight_without_a_gradient_stays():
    still = torch.nn.Parameter(torch.ones(4, 4))
    StackedMuon([still], **OPTIONS).step()
    assert torch.equal(still, torch.ones(4, 4))


@pytest.mark.parametrize("shape", [(3, 16, 40), (2, 40, 16)])
def test_singular_values_come_near_one(shape):
    matrices = torch.randn(shape, generator=torch.Generator().manual_seed(2))
    values = torch.linalg.svdvals(orthogonal(matrices, (3.4445, -4.7750, 2.0315), 5, 1e-7))
    assert values.min() > 0.5 and values.max() < 1.4
