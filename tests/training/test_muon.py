"""Muon in float32 does what torch's Muon does, but for the rounding of bfloat16."""
import pytest
import torch

from playground.training.muon import Float32Muon, orthogonal

OPTIONS = dict(lr=0.02, weight_decay=0.05, adjust_lr_fn="match_rms_adamw")


@pytest.mark.parametrize("shape", [(24, 24), (16, 40), (40, 16)])
def test_steps_equal_those_of_torch(shape):
    torch.manual_seed(1)
    ours = torch.nn.Parameter(torch.randn(shape))
    torchs = torch.nn.Parameter(ours.detach().clone())
    optimizers = Float32Muon([ours], **OPTIONS), torch.optim.Muon([torchs], **OPTIONS)
    for _ in range(3):
        ours.grad = torch.randn(shape)
        torchs.grad = ours.grad.clone()
        before = ours.detach().clone()
        for optimizer in optimizers:
            optimizer.step()
        assert (ours - torchs).abs().max() < 0.02 * (ours - before).abs().max() + 1e-3
    theirs, own = (optimizer.state_dict()["state"][0]["momentum_buffer"] for optimizer in reversed(optimizers))
    assert torch.allclose(theirs, own)


def test_a_weight_without_a_gradient_stays():
    still = torch.nn.Parameter(torch.ones(4, 4))
    Float32Muon([still], **OPTIONS).step()
    assert torch.equal(still, torch.ones(4, 4))


@pytest.mark.parametrize("shape", [(16, 40), (40, 16)])
def test_singular_values_come_near_one(shape):
    matrix = torch.randn(shape, generator=torch.Generator().manual_seed(2))
    values = torch.linalg.svdvals(orthogonal(matrix, (3.4445, -4.7750, 2.0315), 5, 1e-7))
    assert 0.5 < values.min() and values.max() < 1.4
