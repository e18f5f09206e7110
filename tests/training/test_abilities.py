"""Infilling, repair and the judge's figures, tested with models whose answers are known and through the command."""

from __future__ import annotations

import json
import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from made_up import SMALL, command, publish
from playground.decoders.special_ids import SpecialIds
from playground.samplers.noise import Noise
from playground.training.__main__ import main
from playground.training.generation import GenerationSettings, cases, judged
from playground.training.infilling import (
    InfillingSettings,
    filler,
    infilling,
    whole_windows,
)
from playground.training.mending import Damaged, Mended, mend
from playground.training.prepare import Prepared
from playground.training.repairing import RepairSettings, repair
from playground.training.sampling import Sampler

MASK, END, VOCABULARY = 1, 0, 400


class Known(torch.nn.Module):
    """A fake decoder and model. At every position it gives one id the probability ``sure``; the function ``says``
    computes these ids from the input ids (int64 [rows, length] -> int64 [rows, length])."""

    vocabulary, device = VOCABULARY, torch.device("cpu")

    def __init__(self, says, sure: float = 0.8, causal: bool = False):
        super().__init__()
        self.says, self.sure, self.causal = says, sure, causal
        self.model, self.lm_head = Layers(says), Head(sure)

    def hidden(self, ids, positions=None, mask=None, cache=None) -> torch.Tensor:
        return self.model(ids, use_cache=False).last_hidden_state

    def logits(self, hidden: torch.Tensor) -> torch.Tensor:
        return self.lm_head(hidden)

    def get_output_embeddings(self) -> torch.nn.Module:
        return self.lm_head

    def ar_cache(self, length: int) -> list[int]:
        return []

    def step(self, ids: torch.Tensor, cache: list[int]) -> torch.Tensor:
        cache += ids[0].tolist()
        return self.hidden(torch.tensor([cache]))[:, -1]


class Layers(torch.nn.Module):
    def __init__(self, says):
        super().__init__()
        self.says = says
        self.weight = torch.nn.Parameter(torch.zeros(1))

    def forward(self, ids: torch.Tensor, use_cache: bool):
        return SimpleNamespace(last_hidden_state=self.says(ids)[..., None].float())


class Head(torch.nn.Module):
    def __init__(self, sure: float):
        super().__init__()
        self.sure = sure

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        rest = math.log((1 - self.sure) / (VOCABULARY - 1))
        logits = torch.full((*hidden.shape[:-1], VOCABULARY), rest)
        return logits.scatter(-1, hidden.long(), math.log(self.sure))


def sampler(says, sure: float = 0.8, causal: bool = False) -> Sampler:
    """The playground's sampler with a model whose answers are known."""
    ordinary = torch.arange(2, VOCABULARY)
    return Sampler(Known(says, sure, causal), SpecialIds(END, MASK), Noise(MASK, ordinary, ordinary))


@pytest.fixture(scope="module")
def data(made):
    return Prepared.open(made.data)


def answers(data, settings) -> torch.Tensor:
    """Every window that the settings draw, int64 [count, length]."""
    return whole_windows(
        data.packed("valid"), settings.count, settings.length, END, np.random.default_rng(settings.seed)
    )


def test_a_model_that_knows_the_text_fills_every_gap_and_one_that_does_not_fills_none(data):
    settings, whole = InfillingSettings(count=20, length=32, spans=(1, 3), margin=8), []

    def by_heart(fill_gap):
        """A filler whose model knows the windows by heart."""

        def fill_known(ids, first, span):
            whole[:] = ids
            return fill_gap(ids, first, span)

        return fill_known

    fillers = {
        "both sides": by_heart(filler(sampler(lambda ids: torch.tensor([whole])))),
        "left": by_heart(filler(sampler(lambda ids: torch.tensor([whole[1 : ids.shape[1] + 1]]), causal=True))),
        "ignorant": filler(sampler(lambda ids: torch.full_like(ids, 3))),
    }
    found = infilling(fillers, data.packed("valid"), END, settings)
    assert found["both sides"]["all"] == found["left"]["all"] == {"exact": 1.0, "tokens": 1.0}
    assert found["ignorant"]["3"]["exact"] == 0 and set(found["left"]) == {"1", "3", "all"}


def test_the_left_to_right_guess_sees_neither_the_gap_nor_what_follows():
    seen = []
    ids = list(range(10, 42))

    def nothing_of_the_gap(read):
        seen.append(read[0].tolist())
        return torch.full_like(read, 7)

    guess = filler(sampler(nothing_of_the_gap, causal=True))(ids, 12, 3)
    assert list(guess) == [7, 7, 7]
    assert seen == [ids[:12], [*ids[:12], 7], [*ids[:12], 7, 7]]  # its own guesses, not the text


def test_the_gap_is_hidden_and_filled_surest_first():
    seen = []

    def says(read):
        seen.append(read.clone())
        return torch.full_like(read, 9)

    ids = list(range(10, 42))
    assert list(filler(sampler(says))(ids, 12, 2)) == [9, 9]
    assert [(read == MASK).sum().item() for read in seen] == [2, 1]
    assert seen[0][0, 14:].tolist() == ids[14:]  # the text to the right is visible


def test_an_edit_needs_more_than_its_threshold():
    text = Damaged.of([6] * 8, [5] * 8)
    told = sampler(lambda read: torch.full_like(read, 6), sure=0.8)
    assert mend(told, text, "edit", 0.9).repaired == 0
    assert mend(told, text, "edit", 0.7) == Mended(wrong=8, repaired=8)


def test_what_is_spoiled_is_counted_after_the_prompt_alone():
    text = Damaged.of([2, 2, 6, 7], [2, 2, 5, 7], start=2)
    assert text.wrong == {2}
    told = sampler(lambda read: torch.full_like(read, 6), sure=0.8)
    found = mend(told, text, "edit", 0.5)
    assert found == Mended(wrong=1, repaired=1, right=1, spoiled=1)
    assert (found + found).shares(digits=2) == {"repaired": 1.0, "spoiled": 1.0}


def test_repair_rates_of_a_model_that_knows_the_text_and_of_one_that_spoils_it(data):
    settings = RepairSettings(count=20, length=32, thresholds=(0.5, 0.9))
    truth = answers(data, settings)

    def known(ids):
        return truth[(ids[:, None] == truth[None]).sum(-1).argmax(1)]

    def rates(says):
        told = sampler(says)
        return repair(told, told.decoder, data.tokenizer, data.packed("valid"), settings)

    found = rates(known)
    for name in ("random tokens", "random characters"):
        assert 0.1 < found[name]["wrong"] < 0.17
        assert found[name]["edit"]["0.5"] == {"repaired": 1.0, "spoiled": 0.0}
        assert found[name]["edit"]["0.9"] == {"repaired": 0.0, "spoiled": 0.0}  # not confident enough
        assert found[name]["second look"]["0.02"] == {"repaired": 1.0, "spoiled": 0.0}
    spoiling = rates(lambda ids: torch.full_like(ids, 3))
    assert spoiling["random tokens"]["edit"]["0.5"]["spoiled"] > 0.9
    assert spoiling["random tokens"]["second look"]["0.02"]["spoiled"] > 0.9
    own = spoiling["its own errors"]  # it writes 3 (or, seldom, another) wherever half of the text is hidden
    assert 0.1 < own["wrong"] < 0.17


def test_cases_are_a_visitors_prompt_and_what_really_followed(data):
    settings = GenerationSettings(count=5, length=12, opening=6)
    found = cases(data.packed("valid"), data.tokenizer, settings)
    text = data.tokenizer.decode(data.packed("valid").ids.tolist())
    for case in found:
        assert len(case.real) == 12 and data.tokenizer.decode([*case.prompt, *case.real]) in text
    dialogue = data.tokenizer.decode(next(case for case in found if case.kind == "dialogues").prompt)
    assert dialogue.startswith("User:") and dialogue.endswith("\nAssistant:")


def test_a_judge_gives_the_perplexity_of_what_it_expects():
    following = Known(lambda ids: ids + 1, sure=0.8)  # expects every id to be followed by the next
    figures = judged(following, [[10], [20]], [[11, 12, 13], [21, 22, 23, 24]])
    assert figures["perplexity"] == pytest.approx(1 / 0.8, rel=1e-3)
    assert figures["entropy"] == pytest.approx((math.log(3) + math.log(4)) / 2, rel=1e-3)
    assert figures["distinct_2"] == 1.0
    assert judged(following, [[10]], [[11, 11, 11, 11]])["distinct_2"] == pytest.approx(1 / 3, abs=1e-3)


def test_evaluate_with_a_judge_scores_every_writer_and_the_card_shows_it(made, made_apart, judge, tmp_path, capsys):
    out = tmp_path / "evaluation.json"
    command("evaluate", "--data", made_apart, "--models", made.models, "--judge", judge, "--out", out, *SMALL)
    said, figures = capsys.readouterr().out, json.loads(out.read_text())
    found = figures["generation"]
    assert set(found["dialogues"]["diffusion"]) == {"2", "12"} and found["judge"]["steps"] == 30
    for row in (
        found["dialogues"]["real"],
        found["dialogues"]["ar"],
        *found["dialogues"]["diffusion"].values(),
        found["dialogues"]["edited"]["4"],
    ):
        assert row["perplexity"] > 1 and row["entropy"] > 0 and 0 < row["distinct_2"] <= 1
    assert "diffusion, 12 passes" in said
    assert found["dialogues"]["diffusion"]["12"]["passes"] == 12 and found["dialogues"]["edited"]["4"]["passes"] >= 4
    publish(made, "diffusion", "--evaluation", out)
    card = (made.models / "twin-diffusion" / "README.md").read_text()
    assert f"{found['dialogues']['real']['perplexity']:.1f}" in card and "judge" in card
    publish(made, "diffusion", "--evaluation", made.evaluation)


def test_without_a_judge_the_evaluation_says_that_it_left_the_texts_out(made):
    assert "generation" not in json.loads(made.evaluation.read_text())
    assert "no judge" in (made.models / "twin-diffusion" / "README.md").read_text()


def test_a_run_that_saw_the_twins_text_is_no_judge(made, made_apart, judge, tmp_path, capsys):
    assert main(["evaluate", "--data", str(made.data), "--models", str(made.models), "--judge", str(made.ar)]) == 2
    assert "is no judge" in capsys.readouterr().err
    assert main(["train", "--data", str(made_apart), "--out", str(judge), "--threads", "1"]) == 2
    assert "other data than the train split" in capsys.readouterr().err
