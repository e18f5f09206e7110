"""Choosing a token: greedy at temperature 0, the softmax's own frequencies at 1, sharper below, never a barred id."""
import pytest
import torch

from playground.passes import Standing, choose, highest_of, outcomes, to_host

LOGITS = torch.tensor([2.0, 1.0, 0.0, -1.0, 3.0])


def frequencies(temperature, barred=(4,), rows=20_000):
    generator = torch.Generator().manual_seed(11)
    choice = choose(LOGITS.repeat(rows, 1), list(barred), temperature, generator)
    return torch.bincount(choice.ids, minlength=5) / rows


def on_host(choice, position):
    """The outcome of a pass that settles its one position."""
    settled = torch.full((1,), Standing.SETTLED)
    return outcomes([position], to_host(choice, choice.ids, settled, torch.ones(1, dtype=torch.bool)))[0]


@pytest.mark.parametrize("temperature", [0.5, 1.0, 1.7])
def test_frequencies_are_those_of_the_softmax_at_that_temperature(temperature):
    expected = (LOGITS[:4] / temperature).softmax(-1)
    seen = frequencies(temperature)
    assert seen[4] == 0
    assert torch.allclose(seen[:4], expected, atol=0.015)


def test_temperature_zero_takes_the_likeliest_that_is_allowed():
    assert frequencies(0.0)[0] == 1
    assert frequencies(0.0, barred=(0, 4))[1] == 1


def test_probability_entropy_and_runners_up_are_the_models_own():
    choice = choose(LOGITS[None].clone(), [4], 0.0, torch.Generator())
    p = LOGITS[:4].softmax(-1)
    guess = on_host(choice, 7).guess
    assert (guess.position, guess.id, guess.committed) == (7, 0, True)
    assert guess.probability == pytest.approx(p[0].item())
    assert guess.entropy == pytest.approx(-(p * p.log()).sum().item())
    assert [i for i, _ in guess.best] == [0, 1, 2, 3]
    assert [chance for _, chance in guess.best] == pytest.approx(p.tolist())


def test_a_draw_of_zero_never_lifts_a_barred_id(monkeypatch):
    monkeypatch.setattr(torch.Tensor, "uniform_", lambda self, generator=None: self.fill_(1.0))
    assert choose(LOGITS[None].clone(), [4], 1.0, torch.Generator()).ids.item() == 0


def test_ids_above_a_hundred_thousand_survive_the_one_copy():
    logits = torch.zeros(1, 152_064)
    logits[0, 151_666] = 9.0
    choice = choose(logits, [], 0.0, torch.Generator())
    assert on_host(choice, 0).guess.id == on_host(choice, 0).id == 151_666


@pytest.mark.parametrize("width", [7, 128, 2048, 2050])
def test_the_highest_of_a_row_are_those_of_topk(width):
    p = torch.rand(9, width, generator=torch.Generator().manual_seed(width)).softmax(-1)
    (values, at), expected = highest_of(p, 4), p.topk(4, dim=-1)
    assert torch.equal(values, expected.values) and torch.equal(p.gather(1, at), values)
