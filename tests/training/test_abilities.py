"""Infilling, repair and the judge's figures: against models whose answers are known, and through the command."""

from __future__ import annotations

import json
import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from made_up import SMALL, command, publish
from playground.request.sampler_settings import DenoiseSettings
from playground.samplers.canvas import Canvas
from playground.samplers.diffusion.sampler import denoise
from playground.training.__main__ import main
from playground.training.generation import GenerationSettings, cases, judged
from playground.training.infilling import (
    InfillingSettings,
    fill_from_both_sides,
    fill_from_the_left,
    infilling,
    whole_windows,
)
from playground.training.prepare import Prepared
from playground.training.repairing import RepairSettings, edit, repair, second_look

MASK, END, VOCABULARY = 1, 0, 400


class Known(torch.nn.Module):
    """Stands in for a decoder: at every position it is sure of one id, which ``says`` reads off the ids it was given
    (int64 [rows, length] -> int64 [rows, length]) with probability ``sure``."""

    def __init__(self, says, sure: float = 0.8):
        super().__init__()
        self.says, self.sure = says, sure

    def model(self, ids: torch.Tensor, use_cache: bool):
        return SimpleNamespace(last_hidden_state=self.says(ids)[..., None].float())

    def lm_head(self, hidden: torch.Tensor) -> torch.Tensor:
        rest = math.log((1 - self.sure) / (VOCABULARY - 1))
        logits = torch.full((*hidden.shape[:-1], VOCABULARY), rest)
        return logits.scatter(-1, hidden.long(), math.log(self.sure))


@pytest.fixture(scope="module")
def data(made):
    return Prepared.open(made.data)


def answers(data, settings) -> torch.Tensor:
    """Every window that the settings draw, int64 [count, length]."""
    return whole_windows(
        data.packed("valid"), settings.count, settings.length, END, np.random.default_rng(settings.seed)
    )


def test_a_model_that_knows_the_text_fills_every_gap_and_one_that_does_not_fills_none(data):
    settings = InfillingSettings(count=20, length=32, spans=(1, 3), margin=8)
    truth = answers(data, settings)

    def known(ids):
        same = (ids[:, None] == truth[None]).sum(-1)  # the window that agrees most is the one that was cut
        return truth[same.argmax(1)]

    fillers = {
        "both sides": fill_from_both_sides(Known(known), MASK, [MASK, END]),
        "left": fill_from_the_left(Known(lambda ids: known(ids).roll(-1, 1)), [MASK, END]),
        "ignorant": fill_from_both_sides(Known(lambda ids: torch.full_like(ids, 3)), MASK, [MASK, END]),
    }
    found = infilling(fillers, data.packed("valid"), END, settings)
    assert found["both sides"]["all"] == found["left"]["all"] == {"exact": 1.0, "tokens": 1.0}
    assert found["ignorant"]["3"]["exact"] == 0 and set(found["left"]) == {"1", "3", "all"}


def test_the_left_to_right_guess_sees_neither_the_gap_nor_what_follows():
    seen = []
    ids = torch.arange(10, 42)[None]

    def nothing_of_the_gap(read):
        seen.append(read.clone())
        return torch.full_like(read, 7)

    guess = fill_from_the_left(Known(nothing_of_the_gap), [MASK, END])(ids, torch.tensor([12]), 3)
    assert guess.tolist() == [[7, 7, 7]] and len(seen) == 3
    assert seen[2][0, 12:14].tolist() == [7, 7]  # its own guesses, not the text


def test_the_gap_is_hidden_and_filled_surest_first():
    seen = []

    def says(read):
        seen.append(read.clone())
        return torch.full_like(read, 9)

    ids = torch.arange(10, 42)[None]
    guess = fill_from_both_sides(Known(says), MASK, [MASK, END])(ids, torch.tensor([12]), 2)
    assert guess.tolist() == [[9, 9]]
    assert [(read == MASK).sum().item() for read in seen] == [2, 1]
    assert (seen[0][0, 14:] == ids[0, 14:]).all()  # what stands to the right is in sight


def test_an_edit_needs_more_than_its_threshold():
    ids = torch.full((2, 8), 5)
    model = Known(lambda read: torch.full_like(read, 6), sure=0.8)
    assert (edit(model, ids, [MASK, END], 0.9, passes=4) == 5).all()
    assert (edit(model, ids, [MASK, END], 0.7, passes=4) == 6).all()


def test_a_second_look_over_many_rows_is_the_samplers_own(tiny):
    """The same tokens as the rule of that name gives on the page, text by text."""
    decoder, special = tiny.decoders["diffusion"], tiny.diffusion.special
    texts = torch.tensor(
        [
            tiny.encode("I found one dentist for you. Do you like Doctor Wu?")[:12],
            tiny.encode("What time do you want to leave on Friday? At noon, please.")[:12],
        ]
    )
    found = second_look(decoder.model, texts, special.mask, [special.mask, special.end], 0.02, fills=8)
    for row, expected in zip(texts.tolist(), found.tolist()):
        canvas = Canvas(tuple(row), 0, frozenset(), hidden=frozenset(range(len(row))))
        settings = DenoiseSettings(steps=16, noise="tokens", revise="second_look", revise_level=0.02, bar_end=True)
        *_, last = denoise(decoder, canvas, settings, special, tiny.noise)
        assert list(last.ids) == expected != row


def test_repair_rates_of_a_model_that_knows_the_text_and_of_one_that_spoils_it(data):
    settings = RepairSettings(count=20, length=32, thresholds=(0.5, 0.9))
    truth = answers(data, settings)

    def known(ids):
        return truth[(ids[:, None] == truth[None]).sum(-1).argmax(1)]

    found = repair(Known(known, sure=0.8), data.tokenizer, data.packed("valid"), settings)
    for name in ("random tokens", "random characters"):
        assert 0.1 < found[name]["wrong"] < 0.17
        assert found[name]["edit"]["0.5"] == {"repaired": 1.0, "spoiled": 0.0}
        assert found[name]["edit"]["0.9"] == {"repaired": 0.0, "spoiled": 0.0}  # not sure enough to touch anything
        assert found[name]["second look"]["0.02"] == {"repaired": 1.0, "spoiled": 0.0}
    spoiling = repair(Known(lambda ids: torch.full_like(ids, 3)), data.tokenizer, data.packed("valid"), settings)
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
