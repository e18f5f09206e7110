"""The sampler follows LLaDA's rule to the letter, whatever the weights."""
import pytest
import torch

from playground.denoise.blocks import block_bounds, even_shares
from playground.denoise.sampler import DenoiseSettings, denoise


def run(tiny, prompt="Hi there", **settings):
    ids = tiny.encode(prompt)
    twin = tiny.diffusion
    return list(denoise(twin.model, ids, DenoiseSettings(**settings), twin.special)), ids.tolist()


def committed(step):
    return {guess.position: guess.id for guess in step.guesses if guess.committed}


@pytest.mark.parametrize("length, steps, counts", [
    (16, 4, [4, 4, 4, 4]), (10, 4, [3, 3, 2, 2]), (7, 7, [1] * 7), (9, 1, [9]),
])
def test_masks_are_split_evenly_remainder_first(tiny, length, steps, counts):
    passes, _ = run(tiny, length=length, steps=steps)
    assert [len(committed(step)) for step in passes[1:]] == counts


@pytest.mark.parametrize("order", ["confidence", "random"])
@pytest.mark.parametrize("temperature", [0.0, 0.8])
def test_every_run_ends_without_masks_and_leaves_the_prompt_alone(tiny, order, temperature):
    passes, prompt = run(tiny, length=20, steps=6, order=order, temperature=temperature, seed=5)
    mask = tiny.diffusion.special.mask
    assert passes[0].ids == tuple(prompt) + (mask,) * 20
    assert passes[-1].last and not passes[-1].open and mask not in passes[-1].ids
    assert all(step.ids[: len(prompt)] == tuple(prompt) for step in passes)
    for before, after in zip(passes, passes[1:]):
        changed = {at for at, (a, b) in enumerate(zip(before.ids, after.ids)) if a != b}
        assert changed == set(committed(after)) == before.open - after.open


def test_confidence_order_commits_the_surest(tiny):
    passes, _ = run(tiny, length=24, steps=8)
    for step in passes[1:]:
        surest = sorted((guess.probability for guess in step.guesses), reverse=True)[: len(committed(step))]
        assert sorted((g.probability for g in step.guesses if g.committed), reverse=True) == surest


def test_random_order_is_not_confidence_order_and_depends_on_the_seed(tiny):
    def places(**settings):
        return [sorted(committed(step)) for step in run(tiny, length=24, steps=8, **settings)[0]]
    assert places(order="random", seed=1) != places(order="confidence")
    assert places(order="random", seed=1) != places(order="random", seed=2)
    assert places(order="random", seed=1) == places(order="random", seed=1)


def test_same_seed_same_tokens_other_seed_other_tokens(tiny):
    def ids(seed):
        return run(tiny, length=24, steps=8, temperature=1.0, seed=seed)[0][-1].ids
    assert ids(3) == ids(3) != ids(4)


@pytest.mark.parametrize("length, steps, blocks", [(16, 8, 4), (17, 9, 4), (10, 3, 3)])
def test_blocks_fill_left_to_right(tiny, length, steps, blocks):
    passes, prompt = run(tiny, length=length, steps=steps, blocks=blocks)
    bounds = block_bounds(len(prompt), length, blocks)
    for step in passes[1:]:
        first_open = min(step.open | {len(prompt) + length})
        block = next((b for b in bounds if b[0] <= min(committed(step)) < b[1]))
        assert all(block[0] <= at < block[1] for at in committed(step))
        assert first_open >= block[0]
    assert len(passes) - 1 == steps


def test_every_commit_is_what_one_plain_forward_of_the_canvas_before_says(tiny):
    twin = tiny.diffusion
    passes, _ = run(tiny, length=20, steps=5)
    for before, after in zip(passes, passes[1:]):
        with torch.no_grad():
            logits = twin.model(torch.tensor([before.ids])).logits[0]
        logits[:, twin.special.mask] = -torch.inf
        p = logits.softmax(-1)
        best = sorted(before.open, key=lambda at: -p[at].max().item())[: len(committed(after))]
        assert committed(after) == {at: p[at].argmax().item() for at in best}


def test_one_forward_per_pass_and_head_only_where_open(tiny, monkeypatch):
    twin, calls, rows = tiny.diffusion, [], []
    forward, head = twin.model.model.forward, twin.model.lm_head.forward
    monkeypatch.setattr(twin.model.model, "forward", lambda *a, **k: calls.append(1) or forward(*a, **k))
    monkeypatch.setattr(twin.model.lm_head, "forward", lambda x: rows.append(x.shape[0]) or head(x))
    lane = denoise(twin.model, tiny.encode("Hi"), DenoiseSettings(length=12, steps=4, blocks=2), twin.special)
    next(lane)
    assert not calls, "the start makes no pass"
    for i in range(1, 5):
        next(lane)
        assert len(calls) == i
    assert rows == [6, 3, 6, 3]


def test_the_end_token_can_be_barred(tiny, monkeypatch):
    twin = tiny.diffusion
    head = twin.model.lm_head.forward

    def fond_of_ending(hidden):
        logits = head(hidden)
        logits[:, twin.special.end] += 50
        return logits

    monkeypatch.setattr(twin.model.lm_head, "forward", fond_of_ending)
    free, prompt = run(tiny, length=8, steps=2)
    barred, _ = run(tiny, length=8, steps=2, bar_end=True)
    assert set(free[-1].ids[len(prompt):]) == {twin.special.end}
    assert twin.special.end not in barred[-1].ids


@pytest.mark.parametrize("settings", [
    dict(length=8, steps=9), dict(length=8, steps=0), dict(length=8, steps=2, blocks=3), dict(length=8, blocks=0),
])
def test_settings_that_mean_nothing_are_refused(settings):
    with pytest.raises(ValueError, match="blocks <= steps <= length"):
        DenoiseSettings(**settings)


def test_even_shares():
    assert even_shares(10, 4) == [3, 3, 2, 2] and sum(even_shares(61, 7)) == 61
