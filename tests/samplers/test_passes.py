"""Choosing a token: greedy at temperature 0, the softmax's own frequencies at 1, sharper below, never a barred id."""

from itertools import pairwise

import numpy as np
import pytest
import torch

from playground.samplers.choice import choose, highest_of
from playground.samplers.passes import Standing, outcomes, to_host
from sampling import denoised, written

LOGITS = torch.tensor([2.0, 1.0, 0.0, -1.0, 3.0])
NOTHING = torch.tensor([], dtype=torch.long)  # is barred


def frequencies(temperature, barred=(4,), rows=20_000):
    generator = torch.Generator().manual_seed(11)
    choice = choose(LOGITS.repeat(rows, 1), torch.tensor(barred), temperature, generator)
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


@pytest.mark.parametrize("temperature", [1e-37, 1e-38, 1e-39, 1e-45, 1e-300])
@pytest.mark.parametrize("top_p, top_k", [(1.0, 0), (0.9, 0), (0.9, 3)])
def test_the_least_temperature_takes_the_likeliest_that_is_allowed(temperature, top_p, top_k):
    choice = choose(LOGITS.flip(0)[None].clone(), torch.tensor([0, 4]), temperature, torch.Generator(), top_p, top_k)
    assert choice.ids.item() == 3


def test_temperature_zero_takes_the_likeliest_that_is_allowed():
    assert frequencies(0.0)[0] == 1
    assert frequencies(0.0, barred=(0, 4))[1] == 1


def test_probability_entropy_and_runners_up_are_the_models_own():
    choice = choose(LOGITS[None].clone(), torch.tensor([4]), 0.0, torch.Generator())
    p = LOGITS[:4].softmax(-1)
    guess = on_host(choice, 7).guess
    assert (guess.position, guess.id, guess.committed) == (7, 0, True)
    assert guess.probability == pytest.approx(p[0].item())
    assert guess.entropy == pytest.approx(-(p * p.log()).sum().item())
    assert [i for i, _ in guess.best] == [0, 1, 2, 3]
    assert [chance for _, chance in guess.best] == pytest.approx(p.tolist())


def test_a_draw_of_zero_never_lifts_a_barred_id(monkeypatch):
    monkeypatch.setattr(torch.Tensor, "uniform_", lambda self, generator=None: self.fill_(1.0))
    assert choose(LOGITS[None].clone(), torch.tensor([4]), 1.0, torch.Generator()).ids.item() == 0


def test_ids_above_a_hundred_thousand_survive_the_one_copy():
    logits = torch.zeros(1, 152_064)
    logits[0, 151_666] = 9.0
    choice = choose(logits, NOTHING, 0.0, torch.Generator())
    assert on_host(choice, 0).guess.id == on_host(choice, 0).id == 151_666


@pytest.mark.parametrize("width", [7, 128, 2048, 2050])
def test_the_highest_of_a_row_are_those_of_topk(width):
    p = torch.rand(9, width, generator=torch.Generator().manual_seed(width)).softmax(-1)
    (values, at), expected = highest_of(p, 4), p.topk(4, dim=-1)
    assert torch.equal(values, expected.values) and torch.equal(p.gather(1, at), values)


def reference(logits, temperature, top_p, top_k):
    """The distribution that is drawn from, written out: what 1904.09751, sec. 3.1, says of the nucleus."""
    p = np.exp(np.asarray(logits, dtype=np.float64) / temperature)
    order = np.argsort(-p)
    if top_k:
        p[order[top_k:]] = 0
    p /= p.sum()
    kept, mass = [], 0.0
    for at in order:
        if mass >= top_p:
            break
        kept.append(at)
        mass += p[at]
    drawn = np.zeros_like(p)
    drawn[kept] = p[kept]
    return drawn / drawn.sum()


@pytest.mark.parametrize("temperature", [0.5, 1.0, 1.7])
@pytest.mark.parametrize(
    "top_p, top_k", [(1.0, 0), (0.9, 0), (0.6, 0), (0.01, 0), (1.0, 3), (1.0, 1), (0.9, 3), (1.0, 999)]
)
def test_what_is_drawn_follows_the_nucleus_and_the_likeliest(temperature, top_p, top_k):
    generator = torch.Generator().manual_seed(5)
    choice = choose(LOGITS.repeat(20_000, 1), torch.tensor([4]), temperature, generator, top_p, top_k)
    seen = torch.bincount(choice.ids, minlength=5)[:4] / 20_000
    expected = torch.tensor(reference(LOGITS[:4], temperature, top_p, top_k)).float()
    assert ((seen == 0) == (expected == 0)).all() and torch.allclose(seen, expected, atol=0.015)
    own = LOGITS[:4].softmax(-1)
    assert torch.allclose(choice.probability, own[choice.ids]), "confidence stays that of the untempered distribution"
    assert torch.allclose(choice.log_p[0, :4].exp(), own, atol=1e-6) and torch.allclose(
        choice.best_probability[0], own, atol=1e-6
    )


@pytest.mark.parametrize("top_p, top_k", [(0.8, 0), (1.0, 5), (0.5, 20)])
def test_every_token_of_both_lanes_comes_from_the_set(tiny, top_p, top_k):
    for lane, twin in (("diffusion", tiny.diffusion), ("ar", tiny.ar)):
        settings = dict(temperature=1.3, seed=4, bar_end=True, top_p=top_p, top_k=top_k)
        passes = (
            denoised(tiny, length=12, steps=6, **settings)
            if lane == "diffusion"
            else written(tiny, length=12, **settings)
        )
        for before, after in pairwise(passes):
            ids = [token for token in before.ids if token is not None]
            with torch.no_grad():
                logits = twin.model(torch.tensor([ids])).logits[0].float()
            logits[:, [twin.special.mask, twin.special.end]] = -torch.inf
            for guess in after.guesses:
                row = logits[guess.position if lane == "diffusion" else guess.position - 1]
                assert reference(row, 1.3, top_p, top_k)[guess.id] > 0
                assert guess.probability == pytest.approx(row.softmax(-1)[guess.id].item(), abs=1e-4)


def test_the_likeliest_one_is_what_temperature_zero_takes(tiny):
    cold = [denoised(tiny, length=12, steps=6)[-1].ids, written(tiny, length=12)[-1].ids]
    for only in (dict(top_k=1), dict(top_p=0.01)):
        assert cold == [
            denoised(tiny, length=12, steps=6, temperature=1.0, **only)[-1].ids,
            written(tiny, length=12, temperature=1.0, **only)[-1].ids,
        ]
