"""The sampler follows LLaDA's rule to the letter, whatever the weights."""

from itertools import pairwise

import pytest
import torch

from playground.request.sampler_settings import DenoiseSettings
from playground.samplers.diffusion.blocks import (
    cosine_targets,
    even_shares,
    even_targets,
    loop_targets,
    split,
)
from playground.samplers.diffusion.sampler import denoise
from sampling import canvas_of, committed, denoised


def run(tiny, prompt="Hi there", **settings):
    return denoised(tiny, prompt=prompt, **settings), tiny.diffusion.encode(prompt)


@pytest.mark.parametrize(
    "length, steps, counts",
    [
        (16, 4, [4, 4, 4, 4]),
        (10, 4, [3, 3, 2, 2]),
        (7, 7, [1] * 7),
        (9, 1, [9]),
    ],
)
def test_masks_are_split_evenly_remainder_first(tiny, length, steps, counts):
    passes, _ = run(tiny, length=length, steps=steps)
    assert [len(committed(step)) for step in passes[1:]] == counts


@pytest.mark.parametrize("commit", ["confidence", "random"])
@pytest.mark.parametrize("temperature", [0.0, 0.8])
def test_every_run_ends_without_masks_and_leaves_the_prompt_alone(tiny, commit, temperature):
    passes, prompt = run(tiny, length=20, steps=6, commit=commit, temperature=temperature, seed=5)
    mask = tiny.diffusion.special.mask
    assert passes[0].ids == tuple(prompt) + (mask,) * 20
    assert passes[-1].last and not passes[-1].open and mask not in passes[-1].ids
    assert all(step.ids[: len(prompt)] == tuple(prompt) for step in passes)
    for before, after in pairwise(passes):
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

    assert places(commit="random", seed=1) != places(commit="confidence")
    assert places(commit="random", seed=1) != places(commit="random", seed=2)
    assert places(commit="random", seed=1) == places(commit="random", seed=1)


def test_same_seed_same_tokens_other_seed_other_tokens(tiny):
    def ids(seed):
        return run(tiny, length=24, steps=8, temperature=1.0, seed=seed)[0][-1].ids

    assert ids(3) == ids(3) != ids(4)


@pytest.mark.parametrize("length, steps, blocks", [(16, 8, 4), (17, 9, 4), (10, 3, 3)])
def test_blocks_fill_left_to_right(tiny, length, steps, blocks):
    passes, prompt = run(tiny, length=length, steps=steps, blocks=blocks)
    pieces = split(range(len(prompt), len(prompt) + length), blocks)
    for step in passes[1:]:
        first_open = min(step.open | {len(prompt) + length})
        block = next(piece for piece in pieces if min(committed(step)) in piece)
        assert set(committed(step)) <= set(block)
        assert first_open >= block[0]
    assert len(passes) - 1 == steps


def test_every_commit_is_what_one_plain_forward_of_the_canvas_before_says(tiny):
    twin = tiny.diffusion
    passes, _ = run(tiny, length=20, steps=5)
    for before, after in pairwise(passes):
        with torch.no_grad():
            logits = twin.model(torch.tensor([before.ids])).logits[0]
        logits[:, twin.special.mask] = -torch.inf
        p = logits.softmax(-1)
        best = sorted(before.open, key=lambda at: -p[at].max().item())[: len(committed(after))]
        assert committed(after) == {at: p[at].argmax().item() for at in best}


def test_one_forward_per_pass_and_head_only_where_open(tiny, monkeypatch):
    twin, decoder, calls, rows = tiny.diffusion, tiny.diffusion.decoder, [], []
    hidden, logits = decoder.hidden, decoder.logits
    monkeypatch.setattr(decoder, "hidden", lambda *a, **k: calls.append(1) or hidden(*a, **k))
    monkeypatch.setattr(decoder, "logits", lambda x: rows.append(x.shape[-2]) or logits(x))
    lane = denoise(
        decoder, canvas_of(tiny, "Hi", 12), DenoiseSettings(steps=4, blocks=2), twin.special, tiny.diffusion.noise
    )
    next(lane)
    assert not calls, "the start makes no pass"
    for i in range(1, 5):
        next(lane)
        assert len(calls) == i
    assert rows == [6, 3, 6, 3]


def test_the_end_token_can_be_barred(tiny, monkeypatch):
    twin, decoder = tiny.diffusion, tiny.diffusion.decoder
    head = decoder.logits

    def fond_of_ending(hidden):
        logits = head(hidden)
        logits[..., twin.special.end] += 50
        return logits

    monkeypatch.setattr(decoder, "logits", fond_of_ending)
    free, prompt = run(tiny, length=8, steps=2)
    barred, _ = run(tiny, length=8, steps=2, bar_end=True)
    assert set(free[-1].ids[len(prompt) :]) == {twin.special.end}
    assert twin.special.end not in barred[-1].ids


@pytest.mark.parametrize(
    "settings, says",
    [
        (dict(steps=2, blocks=3), "3 blocks need at least 3 steps"),
        (dict(steps=0), "steps"),
        (dict(blocks=0), "blocks"),
        (dict(commit="sideways"), "commit rule must be one of"),
        (dict(revise="edit", revise_level=2.0), "between 0 and 1"),
        (dict(noise="tokens"), "Choose a revision rule"),
        (dict(revise="renoise", cache="dual"), "Choose no cache"),
        (dict(revise="remdm_cap", commit="threshold"), "clock of fixed passes"),
    ],
)
def test_settings_that_mean_nothing_are_refused(settings, says):
    with pytest.raises(ValueError, match=says):
        DenoiseSettings(**settings)


def test_more_steps_than_positions_make_one_pass_a_position(tiny):
    passes, _ = run(tiny, length=5, steps=12)
    assert [len(committed(step)) for step in passes[1:]] == [1] * 5


def test_even_shares():
    assert even_shares(10, 4) == [3, 3, 2, 2] and sum(even_shares(61, 7)) == 61
    assert even_targets(10, 4) == [3, 6, 8, 10]


@pytest.mark.parametrize("count, passes", [(64, 16), (10, 10), (7, 3), (5, 1), (128, 128), (64, 63)])
def test_every_pace_ends_with_all_settled_and_never_goes_back(count, passes):
    for pace in (even_targets, cosine_targets, loop_targets):
        targets = pace(count, passes)
        assert len(targets) == passes and targets[-1] == count and targets == sorted(targets) and targets[0] >= 1
    assert cosine_targets(64, 16)[:2] == [1, 2] and cosine_targets(64, 16)[8] < 32  # few at first


def test_the_loop_stands_at_nine_tenths_for_half_of_the_passes():
    targets = loop_targets(60, 20)
    assert targets[8] == 54 and targets[:19].count(54) == 11 and targets[19] == 60  # 45, 50 and 5 percent
    assert loop_targets(60, 3) == even_targets(60, 3)  # no time to remask
