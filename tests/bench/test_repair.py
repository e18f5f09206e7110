"""The experiment on revision: the shipped twin repairs unseen text with 15% wrong tokens."""

import pytest

from playground.bench.repair import ERRORS, SHARE, sampler_of
from playground.bench.texts import UNSEEN
from playground.training.mending import Mended, mend


def tally(twins, kind, rule, texts=8):
    """(repaired, spoiled, wrong) tokens over some texts."""
    texts = [ERRORS[kind](twins, text, seed) for seed, text in enumerate(UNSEEN[:texts])]
    found = sum((mend(sampler_of(twins), text, seed=seed, **rule) for seed, text in enumerate(texts)), Mended())
    return found.repaired, found.spoiled, found.wrong


@pytest.mark.parametrize("kind", ["random tokens", "random characters"])
@pytest.mark.parametrize("rule, least, times", [("edit", 0.2, 3), ("gidd", 0.5, 1.5)], ids=["edit", "self-correction"])
def test_rules_that_replace_tokens_repair_clearly_more_than_they_spoil(twins, kind, rule, least, times):
    """Self-correction repairs more than edit but is less careful, because it has no threshold."""
    repaired, spoiled, wrong = tally(twins, kind, {"revise": rule})
    assert repaired > least * wrong and repaired > times * spoiled


def test_a_rule_that_revises_nothing_repairs_nothing(twins):
    """The control: a threshold that no guess can pass."""
    assert tally(twins, "random tokens", {"revise": "edit", "level": 1.0}, texts=2)[:2] == (0, 0)


@pytest.mark.parametrize("kind", ERRORS)
def test_the_errors_are_as_many_as_said_and_the_sampler_is_not_told(twins, kind):
    for seed, text in enumerate(UNSEEN[:3]):
        damaged = ERRORS[kind](twins, text, seed)
        canvas = damaged.canvas
        assert not canvas.open and canvas.hidden >= damaged.wrong
        assert {at for at, (a, b) in enumerate(zip(canvas.ids, damaged.right)) if a != b} == damaged.wrong
        if kind != "its own errors":  # a model that guesses right makes fewer
            assert len(damaged.wrong) >= 0.8 * SHARE * canvas.length
