"""The AR lane gives the tokens transformers' own generate gives, one pass each."""
import pytest
import torch

from playground.autoregress import AutoregressSettings, autoregress


def run(tiny, prompt="Hi there", **settings):
    twin = tiny.ar
    return list(autoregress(twin.model, tiny.encode(prompt), AutoregressSettings(**settings), twin.special))


def test_greedy_tokens_are_those_of_generate(tiny):
    twin, prompt = tiny.ar, tiny.encode("User: I need a table")
    passes = list(autoregress(twin.model, prompt, AutoregressSettings(length=24, bar_end=True), twin.special))
    expected = twin.model.generate(
        prompt[None], attention_mask=torch.ones_like(prompt[None]), max_new_tokens=24, min_new_tokens=24, do_sample=False,
        suppress_tokens=[twin.special.mask, twin.special.end],
    )
    assert list(passes[-1].ids) == expected[0].tolist()


def test_one_token_per_pass_left_to_right(tiny):
    passes = run(tiny, length=10, bar_end=True)
    start = len(passes[0].ids)
    assert [g.position for step in passes[1:] for g in step.guesses] == list(range(start, start + 10))
    assert [len(step.open) for step in passes] == list(range(10, -1, -1))
    assert passes[-1].last and not any(step.last for step in passes[:-1])


def test_the_cache_feeds_one_token_a_pass(tiny, monkeypatch):
    lengths, forward = [], tiny.ar.model.model.forward
    monkeypatch.setattr(tiny.ar.model.model, "forward", lambda ids, **k: lengths.append(ids.shape[1]) or forward(ids, **k))
    run(tiny, length=5, bar_end=True)
    assert lengths == [len(tiny.encode("Hi there")), 1, 1, 1, 1]


def test_ends_with_its_end_token(tiny, monkeypatch):
    twin = tiny.ar
    head = twin.model.lm_head.forward
    monkeypatch.setattr(twin.model.lm_head, "forward",
                        lambda x: head(x) + 50 * torch.nn.functional.one_hot(torch.tensor(twin.special.end), 360))
    passes = run(tiny, length=9)
    assert len(passes) == 2 and passes[-1].last and passes[-1].ids[-1] == twin.special.end
    assert len(run(tiny, length=9, bar_end=True)) == 10


@pytest.mark.parametrize("seed", [0, 7])
def test_same_seed_same_tokens(tiny, seed):
    one, two = (run(tiny, length=20, temperature=1.0, seed=seed)[-1].ids for _ in range(2))
    assert one == two
    assert one != run(tiny, length=20, temperature=1.0, seed=seed + 1)[-1].ids
