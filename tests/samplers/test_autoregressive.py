"""The AR lane gives the tokens transformers' own generate gives, one pass each."""

import pytest
import torch

from playground.samplers.canvas import fill
from sampling import written


def run(tiny, prompt="Hi there", **settings):
    return written(tiny, prompt=prompt, **settings)


def test_greedy_tokens_are_those_of_generate(tiny):
    twin, prompt = tiny.ar, torch.tensor(tiny.diffusion.encode("User: I need a table"))
    passes = run(tiny, "User: I need a table", length=24, bar_end=True)
    expected = twin.model.generate(
        prompt[None],
        attention_mask=torch.ones_like(prompt[None]),
        max_new_tokens=24,
        min_new_tokens=24,
        do_sample=False,
        suppress_tokens=[twin.special.mask, twin.special.end],
    )
    assert list(passes[-1].ids) == expected[0].tolist()


def test_one_token_per_pass_left_to_right(tiny):
    passes = run(tiny, length=10, bar_end=True)
    start = len(tiny.diffusion.encode("Hi there"))
    assert passes[0].ids[start:] == (None,) * 10
    assert [g.position for step in passes[1:] for g in step.guesses] == list(range(start, start + 10))
    assert [len(step.open) for step in passes] == list(range(10, -1, -1))
    assert passes[-1].last and not any(step.last for step in passes[:-1])


def test_the_cache_feeds_one_token_a_pass(tiny, monkeypatch):
    decoder, lengths = tiny.ar.decoder, []
    hidden = decoder.hidden
    monkeypatch.setattr(decoder, "hidden", lambda ids, **k: lengths.append(ids.shape[1]) or hidden(ids, **k))
    run(tiny, length=5, bar_end=True)
    assert lengths == [len(tiny.diffusion.encode("Hi there")), 1, 1, 1, 1]


def test_ends_with_its_end_token(tiny, monkeypatch):
    twin, decoder = tiny.ar, tiny.ar.decoder
    head = decoder.logits
    monkeypatch.setattr(
        decoder, "logits", lambda x: head(x) + 50 * torch.nn.functional.one_hot(torch.tensor(twin.special.end), 360)
    )
    passes = run(tiny, length=9)
    assert len(passes) == 2 and passes[-1].last and passes[-1].guesses[0].id == twin.special.end
    assert len(run(tiny, length=9, bar_end=True)) == 10


def test_a_text_ends_behind_what_is_given_and_not_before_it(tiny, monkeypatch):
    head = tiny.ar.decoder.logits
    eager = 50 * torch.nn.functional.one_hot(torch.tensor(tiny.ar.special.end), 360)
    monkeypatch.setattr(tiny.ar.decoder, "logits", lambda x: head(x) + eager)
    prompt, (given,) = tiny.diffusion.encode("I need"), tiny.diffusion.encode("a")
    passes = written(tiny, fill(prompt, [None, given, None, None], tiny.diffusion.noise))
    chosen = [guess for step in passes[1:] for guess in step.guesses]
    assert [guess.position - len(prompt) for guess in chosen] == [0, 2]
    assert [guess.id == tiny.ar.special.end for guess in chosen] == [False, True] and passes[-1].last


def test_it_writes_only_after_what_it_has_read(tiny):
    (given,) = tiny.diffusion.encode("a")
    with pytest.raises(ValueError, match="needs words before the first blank"):
        written(tiny, fill([], [None, given], tiny.diffusion.noise))
    assert written(tiny, fill([], [given, None], tiny.diffusion.noise))[-1].ids[0] == given


@pytest.mark.parametrize("seed", [0, 7])
def test_same_seed_same_tokens(tiny, seed):
    one, two = (run(tiny, length=20, temperature=1.0, seed=seed)[-1].ids for _ in range(2))
    assert one == two
    assert one != run(tiny, length=20, temperature=1.0, seed=seed + 1)[-1].ids


def test_given_tokens_are_read_when_it_comes_to_them_and_never_before(tiny):
    """The same gap is filled alike whatever stands to its right; behind a given token the text goes on from it."""
    prompt, one, other = tiny.diffusion.encode("I need"), *tiny.diffusion.encode("aZ")
    first, second = (
        written(tiny, fill(prompt, [None, None, given, None], tiny.diffusion.noise)) for given in (one, other)
    )
    start = len(prompt)
    assert first[-1].ids[start : start + 2] == second[-1].ids[start : start + 2]
    assert [g.position - start for step in first[1:] for g in step.guesses] == [0, 1, 3]
    assert first[-1].ids[start + 2] == one and second[-1].ids[start + 2] == other
    for passes in (first, second):
        ids = torch.tensor([passes[-1].ids])
        logits = tiny.ar.model(ids).logits[0]
        logits[:, [tiny.ar.special.mask, tiny.ar.special.end]] = -torch.inf
        assert all(logits[at - 1].argmax() == ids[0, at] for at in (start, start + 1, start + 3))
