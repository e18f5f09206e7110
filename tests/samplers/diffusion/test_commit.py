"""Each commit rule against its own definition, on made-up distributions."""

from dataclasses import replace

import pytest
import torch

from playground.request.rules import COMMITS
from playground.samplers.choice import choose
from playground.samplers.diffusion.commit import ACCEPTANCES, KLASS_PASSES, ORDERS, Stillness, View, highest
from sampling import denoised


def view(p, open=None, **known):
    """What a rule sees of rows of probabilities p [n, vocabulary]; all open where not said."""
    p = torch.tensor(p)
    choice = choose(p.log(), torch.tensor([], dtype=torch.long), 0.0, torch.Generator())
    given = dict(settled_probability=None, still=None, progress=0.0, generator=torch.Generator().manual_seed(0))
    return View(torch.arange(len(p)), choice, p.argmax(-1), torch.tensor(open or [True] * len(p)), **{**given, **known})


P = [[0.6, 0.35, 0.05], [0.5, 0.25, 0.25], [0.97, 0.02, 0.01], [0.4, 0.3, 0.3]]


def order(name, seen, level=None):
    return ORDERS[name](seen, level).argsort(descending=True).tolist()


def test_every_name_has_its_function_and_only_one():
    assert set(ORDERS) | set(ACCEPTANCES) == set(COMMITS) and not set(ORDERS) & set(ACCEPTANCES)
    assert {name for name, rule in COMMITS.items() if rule.pace is None} == set(ACCEPTANCES)


def test_orders():
    assert order("confidence", view(P)) == [2, 0, 1, 3]
    assert order("margin", view(P))[:2] == [2, 0] or order("margin", view(P))[:2] == [2, 1]
    margins = ORDERS["margin"](view(P), None)
    assert margins.tolist() == pytest.approx([0.25, 0.25, 0.95, 0.1])
    assert order("entropy", view(P)) == [2, 0, 1, 3]
    assert order("maskgit", view(P), 0.0) == [2, 0, 1, 3]


def sure(*chances):
    """A view of positions that are so sure of their likeliest token."""
    return view([[p, *[(1 - p) / 9] * 9] for p in chances])


def test_spread_takes_the_surest_but_no_two_that_are_close():
    seen = sure(0.9, 0.89, 0.88, 0.5, 0.6, 0.87)
    assert order("spread", seen, 1)[:3] == [0, 2, 5]  # 1 is close to 0 and 4 to 5
    assert order("spread", seen, 2)[:2] == [0, 5] and order("spread", seen, 2)[2] == 1  # then those that had to wait
    assert order("confidence", seen)[:3] == [0, 1, 2]


def test_spread_looks_at_places_and_not_at_their_order_in_the_pass():
    seen = sure(0.9, 0.89, 0.5)
    far = replace(seen, positions=torch.tensor([3, 40, 41]))
    assert order("spread", seen, 1) == [0, 2, 1] and order("spread", far, 1)[:2] == [0, 1]


def test_spread_asks_no_settled_position_to_wait_for():
    seen = replace(sure(0.99, 0.8, 0.5), open=torch.tensor([False, True, True]))
    assert order("spread", seen, 5)[0] == 1


def test_maskgits_noise_fades_with_progress():
    rows = [[0.5, 0.5 - i / 1000, i / 1000] for i in range(1, 40)]
    early, late = (ORDERS["maskgit"](view(rows, progress=t), 5.0) for t in (0.0, 0.999))
    assert early.std() > 100 * late.std()


@pytest.mark.parametrize("revise", ["none", "renoise"])
@pytest.mark.parametrize("steps", [2, 6])
def test_maskgits_noise_is_that_of_its_code_in_every_pass(tiny, steps, revise):
    """Its code: log p + choice_temperature * (1 - ratio) * gumbel with ratio = (step + 1) / num_iter."""
    level, generator, mask = 4.5, torch.Generator().manual_seed(7), tiny.diffusion.special.mask
    settings = dict(commit="maskgit", commit_level=level, revise=revise, seed=7, bar_end=True)
    passes = denoised(tiny, length=24, steps=steps, **settings)
    assert len(passes) == steps + 1
    for step, one in enumerate(passes[1:]):
        p = torch.tensor([guess.probability for guess in one.guesses])
        gumbel = -torch.empty_like(p).exponential_(generator=generator).log()
        scores = p.log() + level * (1 - (step + 1) / steps) * gumbel
        kept = {guess.position for guess in one.guesses if one.ids[guess.position] != mask}
        assert len(kept) < len(p) or step + 1 == steps
        assert kept == {one.guesses[n].position for n in scores.topk(len(kept)).indices.tolist()}


@pytest.mark.parametrize("level, taken", [(0.9, {2}), (0.55, {0, 2}), (0.0, {0, 1, 2, 3}), (0.98, set())])
def test_threshold(level, taken):
    assert set(ACCEPTANCES["threshold"](view(P), level).nonzero().flatten().tolist()) == taken


@pytest.mark.parametrize(
    "p, level, size",
    [
        ([0.99, 0.9, 0.8, 0.3], 0.25, 1),  # 1 - .25/2 = .875 <= .99; 1 - .25/3 = .917 > .9
        ([0.99, 0.95, 0.94, 0.3], 0.25, 3),  # 1 - .25/4 = .9375 <= .94
        ([0.99, 0.60, 0.94, 0.96], 0.25, 3),  # the largest n counts
        ([0.2, 0.2, 0.2, 0.2], 0.1, 0),
    ],
)
def test_factor_takes_the_largest_n(p, level, size):
    rows = [[x, (1 - x) / 2, (1 - x) / 2] for x in p]
    taken = ACCEPTANCES["factor"](view(rows), level)
    assert taken.sum() == size and (not size or min(p[i] for i in taken.nonzero()) >= sorted(p)[-size])


def test_entropy_bound_leaves_the_highest_out_of_its_sum():
    entropies = sorted(-sum(x * torch.tensor(x).log().item() for x in row) for row in P)
    for level in (0.0, entropies[0] + 1e-4, sum(entropies[:2]) + 1e-4, 100.0):
        taken = ACCEPTANCES["entropy_bound"](view(P), level)
        size = max(n for n in range(1, 5) if sum(entropies[: n - 1]) <= level)
        assert taken.sum() == size and taken[2]


@pytest.mark.parametrize("name, level", [("threshold", 0.0), ("factor", 4.0), ("entropy_bound", 100.0)])
def test_what_is_settled_is_never_taken_again(name, level):
    assert ACCEPTANCES[name](view(P, [True, False, True, False]), level).tolist() == [True, False, True, False]


def test_klass_waits_until_a_guess_has_held_still():
    stillness, at = Stillness(4, 3, torch.device("cpu")), torch.arange(4)
    moved = [list(row) for row in P]
    moved[2] = [0.95, 0.04, 0.01]  # KL of 0.0076 nats to the first: still
    moved[0] = [0.3, 0.6, 0.1]
    counts = []
    for rows in (P, moved, moved, moved):
        seen = view(rows)
        counts.append(stillness.update(at, seen.choice))
    assert counts[0].tolist() == [0, 0, 0, 0] and counts[-1].tolist() == [2, 3, 3, 3]
    taken = ACCEPTANCES["klass"](view(moved, still=counts[-1]), 0.9)
    assert taken.tolist() == [False, False, True, False]
    assert not ACCEPTANCES["klass"](view(moved, still=counts[1]), 0.9).any() and KLASS_PASSES == 2


def test_the_highest_among_some_by_a_count_here_or_on_the_device():
    scores, among = torch.tensor([5.0, 4.0, 3.0, 2.0]), torch.tensor([True, False, True, True])
    for count, taken in ((2, [True, False, True, False]), (9, among.tolist()), (0, [False] * 4), (-1, [False] * 4)):
        assert highest(scores, among, count).tolist() == highest(scores, among, torch.tensor(count)).tolist() == taken
