"""Requests are recognised: a drawn request gives the check that it was drawn with; another prompt gives none."""

from __future__ import annotations

import subprocess
import sys

import pytest

from playground.training.text.draw import as_typed, held_out
from playground.training.text.prompts import entries, prompts
from playground.training.text.recognize import checks_of
from playground.training.text.score import Check, score

DRAWN = held_out(150, seed=9)


def asked(check: Check) -> tuple:
    """The fields of a check except the wording of the request and of its right answer."""
    story = check.story and (check.story.hero, check.story.he)
    return set(check.must), check.about, set(check.columns), check.numbers, check.members, check.count, story


@pytest.mark.parametrize("request_", DRAWN, ids=lambda one: one.prompt)
def test_a_drawn_request_leads_back_to_its_check(request_):
    assert asked(request_.check) in [asked(check) for check in checks_of(request_.prompt)]


@pytest.mark.parametrize("request_", DRAWN[:40], ids=lambda one: one.prompt)
def test_as_people_type_it_too(request_):
    assert any(score(request_.expected, check).right for check in checks_of(as_typed(request_.prompt)))


def test_prompts_written_by_hand_have_their_own_checks():
    assert all(len(checks_of(entry["prompt"])) == 1 for entry in entries("written"))


def test_what_nobody_knows_has_no_check():
    assert not any(checks_of(prompt) for prompt in prompts("outside"))
    assert not checks_of("What is the capital of Atlantis?") and not checks_of("") and not checks_of("?" * 5000)


@pytest.mark.parametrize(
    "prompt, reply, right",
    [
        ("What is the capital of France?", "The capital of France is Paris.", True),
        ("what is the capital of france", "The capital of France is Rome.", False),
        ("Is 38 odd or even?", "38 is an even number.", True),
        ("Is 37 odd or even?", "37 is an odd number.", True),
        ("Is 37 odd or even?", "37 is an even number.", False),
        ("Which is bigger, 3 or 21?", "21 is bigger than 3.", True),
        (
            "Once upon a time there was a fox named Tuli.",
            "Tuli lived in a wood. Tuli was glad. One day it rained. Tuli ran home.",
            True,
        ),
        ("Once upon a time there was a fox named Tuli.", "Tuli lived in a wood.", False),
    ],
)
def test_a_reply_is_scored_by_what_was_asked(prompt, reply, right):
    assert any(score(reply, check).right for check in checks_of(prompt)) == right


def test_neither_torch_nor_gradio_is_needed():
    code = "import sys, playground.metrics.replies as r; r.worth('Hello!', 'Hi.'); print({'torch', 'gradio', 'transformers'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "set()"
