"""Each revision rule against its own definition, and what it does to a run."""

from dataclasses import replace
from itertools import pairwise

import pytest
import torch

from playground.request.rules import REVISIONS
from playground.request.sampler_settings import DenoiseSettings
from playground.samplers.canvas import Canvas, corrupt
from playground.samplers.choice import choose
from playground.samplers.diffusion.bidirectional import Bidirectional
from playground.samplers.diffusion.blocks import even_shares
from playground.samplers.diffusion.commit import View
from playground.samplers.diffusion.edit import Edit
from playground.samplers.diffusion.remdm import Remdm
from playground.samplers.diffusion.revise import REVISING
from playground.samplers.diffusion.revision import Revision
from playground.samplers.diffusion.schedule import Schedule
from playground.samplers.diffusion.second_look import plausible, unlikely
from playground.samplers.diffusion.self_correction import corrected
from sampling import canvas_of, committed, denoised


def view(p, ids, open=None, settled=None, seed=0):
    p = torch.tensor(p)
    choice = choose(p.log(), torch.tensor([], dtype=torch.long), 0.0, torch.Generator())
    n = len(p)
    return View(
        torch.arange(n),
        choice,
        torch.tensor(ids),
        torch.tensor(open or [False] * n),
        torch.ones(n) if settled is None else torch.tensor(settled),
        None,
        0.0,
        torch.Generator().manual_seed(seed),
    )


def settled_view(n, seed=0, settled=None):
    return view([[0.5, 0.5]] * n, [0] * n, settled=settled, seed=seed)


def test_every_name_is_a_rule():
    assert list(REVISING) == list(REVISIONS)


@pytest.mark.parametrize("name", REVISIONS)
def test_a_record_says_what_its_object_does(name):
    rule, record = REVISING[name], REVISIONS[name]
    overrides = {
        place
        for place in ("fill", "targets", "remask", "replace", "finish")
        if getattr(rule, place) is not getattr(Revision, place)
    }
    assert ("finish" in overrides) == (record.finishing > 0)
    assert ("remask" in overrides) == ("masks" in record.traits)
    assert ("fill" in overrides) == ("redraws" in record.traits)
    assert (not overrides) == ("keeps" in record.traits)
    assert rule.looks_back or not overrides & {"remask", "replace"}, "it is not asked about what is settled"


def test_the_schedule_of_a_pass_is_read_from_the_targets():
    assert Schedule.of([2, 4, 4, 8], 0) == Schedule(0.0, 0.25) and Schedule.of([2, 4, 4, 8], 2) == Schedule(
        0.5, 0.5, held=True
    )
    assert Schedule.of([2, 4, 6], 0, given=23) == Schedule(23 / 29, 25 / 29)
    assert Schedule.of([2, 4, 6], 2, given=23) == Schedule(27 / 29, 1.0)


def test_the_largest_chance_is_that_of_the_paper():
    assert Schedule(0.5, 0.75).largest_chance == 0.5 and Schedule(0.25, 0.5).largest_chance == 1.0
    assert Schedule(0.9, 1.0).largest_chance == 0.0 and Schedule(0.0, 0.1).largest_chance == 1.0


@pytest.mark.parametrize(
    "name, schedule, level, share",
    [
        ("remdm_cap", Schedule(0.5, 0.6), 0.05, 0.05),
        ("remdm_cap", Schedule(0.9, 0.95), 0.5, 0.05 / 0.9),
        ("remdm_rescale", Schedule(0.5, 0.75), 0.1, 0.05),
        ("remdm_loop", Schedule(0.9, 0.9, held=True), 0.1, 0.1),
        ("remdm_loop", Schedule(0.5, 0.6), 0.1, 0.0),
    ],
)
def test_remdm_masks_again_with_the_papers_chance(name, schedule, level, share):
    n = 40_000
    taken = REVISING[name](level).remask(settled_view(n), schedule)
    assert taken.float().mean().item() == pytest.approx(share, abs=0.006)


def test_remdm_by_confidence_doubts_what_was_least_sure():
    settled = [0.9] * 50 + [0.05] + [0.9] * 49
    counts = sum(
        REVISING["remdm_confidence"](1.0).remask(settled_view(100, seed, settled), Schedule(0.2, 0.4)).int()
        for seed in range(2000)
    )
    assert counts.argmax() == 50 and counts.sum() / 2000 == pytest.approx(1.0, abs=0.1)  # about one token a pass


def test_open_positions_are_never_masked_again():
    seen = view([[0.5, 0.5]] * 4, [0] * 4, open=[True, False, True, False])
    for rule in REVISING.values():
        if issubclass(rule, Remdm):
            taken = rule(1.0).remask(seen, Schedule(0.5, 0.5, held=True))
            assert taken.any() and not (taken & seen.open).any()
    assert REVISING["wino"](0.9).remask(replace(seen, unseen=torch.zeros(4)), Schedule(0.5, 0.6)).tolist() == [
        False,
        True,
        False,
        True,
    ]


def test_wino_masks_fewer_than_are_committed_the_most_doubtful_first():
    seen = replace(view([[0.5, 0.5]] * 4, [0] * 4), unseen=torch.tensor([0.3, 0.1, 0.2, 0.4]))
    every, committed = torch.ones(4, dtype=torch.bool), torch.tensor([True, True, True, False])
    assert REVISING["wino"](0.5).limit(seen, every, committed).tolist() == [False, True, True, False]


def test_edit_replaces_what_another_token_beats():
    seen = view([[0.95, 0.05], [0.7, 0.3], [0.95, 0.05], [0.95, 0.05]], [1, 1, 0, 1], open=[False, False, False, True])
    assert Edit(0.9).replace(seen)[0].tolist() == [True, False, False, False]
    taken, by = Edit(0.6).replace(seen)
    assert taken.tolist() == [True, True, False, False] and by.tolist() == [0, 0, 0, 0]


def test_self_correction_takes_the_one_likeliest_rival():
    seen = view([[0.99, 0.01], [0.9, 0.1], [0.999, 0.001]], [1, 1, 0])
    chosen, rivals = corrected(seen)
    assert chosen.tolist() == [True, False, False] and rivals[0] == 0
    content = view([[0.999, 0.001]] * 3, [0, 0, 0])
    assert not corrected(content)[0].any()


def test_a_second_look_doubts_what_is_unlikely_where_it_stands():
    seen = view([[0.99, 0.01], [0.99, 0.01], [0.7, 0.3], [0.99, 0.01]], [1, 0, 1, 1], open=[False, False, False, True])
    assert unlikely(seen, 0.02).tolist() == [True, False, False, False]
    assert unlikely(seen, 0.5).tolist() == [True, False, True, False]


def test_a_second_look_puts_back_what_is_plausible_unseen():
    seen = view([[0.9989, 0.0011], [0.9991, 0.0009], [0.9989, 0.0011]], [2, 2, 2], open=[True, True, False])
    assert plausible(seen, torch.tensor([1, 1, 1])).tolist() == [True, False, False]
    assert plausible(seen, torch.tensor([0, 0, 0])).tolist() == [True, True, False]


def test_a_second_look_masks_all_it_doubts_in_one_pass_and_fills_that_alone(tiny):
    canvas = corrupt(
        tiny.diffusion.encode("User:"),
        tiny.diffusion.encode("I found one dentist for you. Do you like Doctor Wu?"),
        0.3,
        tiny.diffusion.noise,
        "tokens",
        seed=5,
    )
    passes = denoised(
        tiny, canvas, noise="tokens", revise="second_look", revise_level=0.0004
    )  # an untrained twin doubts most
    special, doubts = tiny.diffusion.special, passes[1].open
    assert doubts and len(doubts) < canvas.length and all(passes[1].ids[at] == special.mask for at in doubts)
    with torch.inference_mode():
        decoder = tiny.diffusion.decoder
        logits = decoder.logits(decoder.hidden(torch.tensor(canvas.ids)[None]))[0]
        logits[:, special.mask] = -torch.inf
        p = logits.softmax(-1).gather(-1, torch.tensor(canvas.ids)[:, None]).squeeze(-1)
    assert doubts == {at for at in canvas.free if p[at] < 0.0004}
    with torch.inference_mode():
        unseen = torch.tensor([special.mask if at in doubts else id for at, id in enumerate(canvas.ids)])
        logits = decoder.logits(decoder.hidden(unseen[None]))[0]
        logits[:, special.mask] = -torch.inf
        p = logits.softmax(-1)
    assert passes[2].open == {at for at in doubts if p[at, canvas.ids[at]] < 1e-3 * p[at].max()} < doubts
    assert all(passes[2].ids[at] == canvas.ids[at] for at in doubts - passes[2].open)
    last = passes[-1]
    assert not last.open and last.last and len(passes) <= 1 + REVISIONS["second_look"].finishing
    assert all(last.ids[at] == canvas.ids[at] for at in range(len(canvas.ids)) if at not in passes[2].open)


def test_a_second_look_that_doubts_nothing_is_one_pass(tiny):
    canvas = corrupt(
        tiny.diffusion.encode("User:"),
        tiny.diffusion.encode("I found one dentist"),
        0.3,
        tiny.diffusion.noise,
        "tokens",
        seed=5,
    )
    passes = denoised(tiny, canvas, noise="tokens", revise="second_look", revise_level=0.0)
    assert len(passes) == 2 and passes[-1].last and passes[-1].ids == tuple(canvas.ids)


def test_each_shadow_sees_all_but_its_own_place_and_no_other_shadow(tiny):
    """The shadow block as WINO draws it, but that there shadows see each other: as if one mask alone stood behind the sequence, which itself sees none of it."""
    decoder, special = tiny.diffusion.decoder, tiny.diffusion.special
    ids = torch.tensor(tiny.diffusion.encode("Hi there") + tiny.diffusion.encode("I found one dentist for you"))
    at, length, canvas = torch.arange(2, len(ids) - 1), len(ids), Canvas(tuple(ids.tolist()), 2, frozenset())
    predict = Bidirectional(decoder, DenoiseSettings(revise="wino"), special, canvas, torch.Generator())
    with torch.inference_mode():
        choice, shadow = predict.with_shadow(ids, at, 0.0)
        plain = Bidirectional(decoder, DenoiseSettings(), special, canvas, torch.Generator())
        plain.begin(at.tolist())
        assert torch.allclose(choice.log_p.exp(), plain(ids, at, 0.0).log_p.exp(), atol=1e-5)
        for n, position in enumerate(at.tolist()):
            seen = torch.ones(length + 1, length + 1, dtype=torch.bool)
            seen[:length, length] = seen[length, position] = False
            alone = decoder.hidden(
                torch.cat([ids, torch.tensor([special.mask])])[None],
                positions=torch.tensor([*range(length), position]),
                mask=seen,
            )
            logits = decoder.logits(alone)[0, -1].clone()
            logits[special.mask] = -torch.inf
            assert shadow[n].item() == pytest.approx(logits.softmax(-1)[ids[position]].item(), abs=1e-5)


def test_guidance_is_the_published_formula(tiny):
    """un + (s + 1)(cond - un), the prompt hidden in un."""
    decoder, special = tiny.diffusion.decoder, tiny.diffusion.special
    canvas = canvas_of(tiny, "I need a table", 6)
    ids, at = torch.tensor(canvas.ids), torch.arange(canvas.start, canvas.start + 6)
    predict = Bidirectional(decoder, DenoiseSettings(guidance=1.5), special, canvas, torch.Generator())
    predict.begin(at.tolist())
    blind = ids.clone()
    blind[: canvas.start] = special.mask
    with torch.inference_mode():
        guided = predict(ids, at, 0.0).log_p
        seeing, unseeing = (decoder.logits(decoder.hidden(row[None]))[0, at] for row in (ids, blind))
        expected = unseeing + 2.5 * (seeing - unseeing)
        expected[:, special.mask] = -torch.inf
    assert torch.allclose(guided.exp(), expected.log_softmax(-1).exp(), atol=1e-5)


@pytest.mark.parametrize(
    "revise, level", [("remdm_cap", 0.1), ("remdm_rescale", 0.3), ("remdm_confidence", 1.0), ("remdm_loop", 0.2)]
)
def test_remdm_keeps_to_its_targets(tiny, revise, level):
    """What is masked again is made up for, so that each pass ends where the schedule says."""
    passes = denoised(tiny, length=24, steps=8, revise=revise, revise_level=level, seed=3)
    assert any(after.open - before.open for before, after in pairwise(passes)), "nothing was masked again"
    open_counts = [len(step.open) for step in passes]
    if revise != "remdm_loop":
        assert open_counts == [24 - 3 * i for i in range(9)]
    assert open_counts[-1] == 0


def test_remdm_masks_no_more_of_a_given_text_than_its_later_passes_are_to_fill(tiny):
    """Share 1 of the largest chance: after each pass the expected number of open positions is what the targets leave."""
    text = tiny.diffusion.encode(
        "I found one dentist for you. Do you like Doctor Wu? He works in Leeds on Monday and Friday."
    )
    masked = []
    for seed in range(20):
        canvas = corrupt(tiny.diffusion.encode("User:"), text, 0.2, tiny.diffusion.noise, "mask", seed=seed)
        settings = dict(steps=4, revise="remdm_rescale", revise_level=1.0, seed=seed)
        start, first, *_ = denoised(tiny, canvas, **settings)
        masked.append(len(first.open - start.open))
    given, opened = len(text) - len(canvas.open), len(canvas.open)
    left = opened - max(even_shares(opened, 4))
    assert given > 2 * opened and sum(masked) / 20 == pytest.approx(left, rel=0.3)


@pytest.mark.parametrize("commit, level", [("entropy_bound", 5.0), ("confidence", None)])
def test_wino_masks_again_and_still_ends(tiny, commit, level):
    passes = denoised(tiny, length=20, steps=20, revise="wino", revise_level=1.0, commit=commit, commit_level=level)
    assert any(after.open - before.open for before, after in pairwise(passes))
    assert not passes[-1].open and len(passes) <= 21


def test_renoise_rejects_what_it_is_not_sure_of(tiny):
    passes = denoised(tiny, length=20, steps=10, noise="characters", revise="renoise", temperature=0.5, seed=1)
    assert [len(step.noise) for step in passes[:3]] == [20, 18, 16]
    kept = [{at: step.ids[at] for at in step.noise} for step in passes]
    again = [at for at in kept[1] if at in kept[2]]
    assert sum(kept[1][at] != kept[2][at] for at in again) > len(again) / 2, "noise is drawn anew at every pass"
    assert not passes[-1].noise and len(passes) == 11


def test_the_first_noise_of_renoise_is_not_the_canvas_again(tiny):
    """At temperature 0 the sampler draws nothing but noise, with the seed of the canvas."""
    start, first, *_ = denoised(tiny, length=20, steps=10, noise="tokens", revise="renoise", temperature=0.0, seed=1)
    refused = sorted(first.noise)
    assert sum(start.ids[at] != first.ids[at] for at in refused) > len(refused) / 2


def test_renoise_predicts_the_tokens_that_it_sees_anew_and_says_so(tiny):
    """Mask-Predict keeps them, so the rule may not go by its name alone."""
    passes = denoised(tiny, length=20, steps=10, revise="renoise", commit="confidence", bar_end=True)
    mask = tiny.diffusion.special.mask
    rewritten = [
        at
        for before, after in pairwise(passes)
        for at, (old, new) in enumerate(zip(before.ids, after.ids))
        if old != new and mask not in (old, new)
    ]
    record = REVISIONS["renoise"]
    assert rewritten and "predicts every token anew" in record.what
    assert record.paper.startswith("after ") and "Mask-Predict keeps the tokens it sees" in record.paper


@pytest.mark.parametrize("commit, level", [("threshold", 1.0), ("factor", 0.05), ("entropy_bound", 0.0)])
def test_renoise_accepts_by_no_quota_where_the_commit_rule_takes_what_it_is_sure_of(tiny, commit, level):
    """Nothing is sure enough for these levels, so each pass accepts its surest guess, and the most decided where that is
    another; the last one accepts all."""
    settings = dict(noise="tokens", revise="renoise", temperature=0.5, commit=commit, commit_level=level)
    passes = denoised(tiny, length=20, steps=10, seed=1, **settings)
    assert len(passes) == 11 and all(len(step.noise) >= 18 for step in passes[:-1]) and not passes[-1].noise


def test_a_corrupted_text_hides_its_errors_from_the_sampler(tiny):
    text = tiny.diffusion.encode("I found one dentist for you. Do you like Doctor Wu?")
    canvas = corrupt(tiny.diffusion.encode("User:"), text, 0.3, tiny.diffusion.noise, "tokens", seed=5)
    assert not canvas.open and len(canvas.hidden) == round(0.3 * len(text))
    passes = denoised(tiny, canvas, noise="tokens", revise="edit", revise_level=0.0)
    assert passes[0].noise == canvas.hidden and not any(committed(step) for step in passes)
    masked = corrupt(tiny.diffusion.encode("User:"), text, 0.3, tiny.diffusion.noise, "mask", seed=5)
    assert masked.open == canvas.hidden and not masked.hidden
