"""The notice that a prompt is outside: by words that nobody wrote, and by surprise where a word is unusual."""

import json
from pathlib import Path

import pytest

from playground.decoders.evaluation import Evaluation
from playground.engine.familiar import count, outside
from playground.engine.twins import MODELS
from playground.request.race_request import RaceRequest
from playground.training.notice import NoticeSettings, by_perplexity, limits, notice, share, surprise
from playground.training.runs import load_published

MUCH, LITTLE = 1e6, 0.0


@pytest.mark.parametrize(
    "prompt",
    [
        "Explain how Kubernetes schedules pods onto nodes.",
        "Préparez la thèse en droit constitutionnel",
        "日本語の文章です",
        "xq zzv kpt wjf",
    ],
)
def test_a_word_that_nobody_wrote_is_told_where_the_whole_surprises_somewhat(prompt):
    assert outside(prompt, 5.0 * count(prompt), 4.0, 10.0) and not outside(prompt, LITTLE, 4.0, 10.0)


@pytest.mark.parametrize(
    "prompt",
    [
        "What is the capital of France?",
        "12 / 4",
        "User: I need a taxi.\nAssistant:",
        "A slogan for a car named Zorblax.",
        "and who might you be?",
        "I don't know whether she'd like tea, since we've never had any.",
    ],
)
def test_known_words_and_given_names_are_not_told_however_surprising(prompt):
    assert not outside(prompt, MUCH, 4.0, 10.0)


def test_an_unusual_word_is_told_where_the_whole_is_surprising():
    prompt = "What did the central bank decide on interest rates this week?"
    assert outside(prompt, MUCH, 4.0, 10.0) and not outside(prompt, 5.0 * count(prompt), 4.0, 10.0)
    assert outside("}{ ~~ ||", MUCH, 4.0, 10.0)


def test_a_new_name_in_a_plain_request_is_not_told():
    assert not outside("Book a table for five at Zorblax on Sunday.", 3.0 * 9, 4.0, 10.0)


@pytest.fixture(scope="module")
def ar():
    return load_published(Path(MODELS) / "twin-ar")


def test_the_limit_comes_from_held_out_requests_and_both_errors_are_counted(ar):
    few = NoticeSettings(requests=30, stories=5)
    found = notice(ar, few)
    assert found["nats_per_word"] == limits(ar, few) and 1 < limits(ar, few)["most"] < limits(ar, few)["nearly_all"]
    assert {name: row["of"] for name, row in found["told"].items()} == {"written": 60, "inside": 60, "outside": 60}
    assert found["told"]["outside"]["told"] > found["told"]["inside"]["told"]
    assert {row["told"] for row in by_perplexity(ar, {"dialogues": 1.0, "stories": 1.0}).values()} == {1.0}


def test_prompts_that_no_rule_was_made_by_are_told_as_ours_are(ar):
    """A stranger to the rule wrote sixty prompts of the known kinds and sixty of none."""
    limit = json.loads((MODELS / "twin-ar" / "evaluation.json").read_text())["notice"]["nats_per_word"]
    asked = json.loads((Path(__file__).parent / "prompts_of_a_stranger.json").read_text(encoding="utf-8"))
    told = {
        name: share(prompts, lambda one: outside(one, surprise(ar, one), **limit)) for name, prompts in asked.items()
    }
    assert [len(set(prompts)) for prompts in asked.values()] == [60, 60]
    assert told["inside"] <= 0.05 and told["outside"] >= 0.9


def test_the_engine_goes_by_what_its_twins_learned(tiny, monkeypatch):
    strange, known = (
        RaceRequest("Explain how Kubernetes schedules pods.", length=8, steps=2),
        RaceRequest("Hello!", length=8, steps=2),
    )
    assert tiny.start(strange).notice is None  # no limit is recorded
    monkeypatch.setattr(tiny.ar, "evaluation", Evaluation(nats_per_word={"most": 0.1, "nearly_all": 1e9}))
    assert tiny.start(strange).notice and len(tiny.start(strange).offers) == 3 and tiny.start(known).notice is None
    blank = RaceRequest("Kubernetes ___ pods.", length=8, steps=2)
    assert tiny.start(blank).notice is None
