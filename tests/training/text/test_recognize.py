"""Requests are recognised: a drawn request gives the check that it was drawn with; another prompt gives none."""

from __future__ import annotations

import subprocess
import sys

import pytest

from playground.training.text.alternatives import alternatives
from playground.training.text.draw import as_typed, held_out
from playground.training.text.library import library
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


@pytest.mark.parametrize(
    "prompt",
    [
        "What is 10 divided by 0?",
        "Write 1234567 in words.",
        "What is 999999 plus 999999?",
        "What is 5000 times 5000?",
        "Book a table for 1234567 at Luna on Friday at seven.",
    ],
)
def test_numbers_that_are_never_drawn_do_no_harm(prompt):
    """People type them, and a race judges its replies by what is recognised: a mistake here ended the race."""
    assert len(checks_of(prompt)) <= 1


@pytest.mark.parametrize(
    "prompt, wrong",
    [
        ("Is Paris the capital of France?", "No, the capital of France is Paris."),
        ("Is London the capital of the United Kingdom?", "No, the capital of the United Kingdom is London."),
        ("Please cancel the table at Luna for Friday.", "Your table at Luna on Friday is booked."),
        (
            "Write to Ted that I will come to the picnic on Sunday.",
            "Hi Ted, I am sorry, but I cannot come to the picnic on Sunday.",
        ),
        ("Write to Ted that I cannot come to the picnic on Sunday.", "Hi Ted, I will come to the picnic on Sunday."),
        ("Take milk off my shopping list.", "I have added milk to your shopping list."),
        ("Make it negative: Mia is tired.", "Mia is tired."),
        ("Make it a question: Mia is tired.", "Mia is tired."),
        ("Put this into the future: Mia plays tennis.", "Mia play tennis."),
        ("The socks are too small.", "I am sorry that the socks are too small. We will send you a smaller size."),
        ("Cancel order 65338.", "Your order 65338 is on its way."),
        ("How is the weather in Paris?", "It will be sunny in Paris."),
        (
            "Graham did not like our coleslaw. Write a reply.",
            "Hi Graham, thank you for your kind words about our coleslaw.",
        ),
        ("17+8=?", "17 plus 8 is 250 and 25."),
        ("who of the two eats grass, the lion or the cow", "The lion eats the cow."),
    ],
)
def test_the_opposite_of_an_answer_is_wrong(prompt, wrong):
    checks = checks_of(prompt)
    assert checks and not any(score(wrong, check).right for check in checks)


@pytest.mark.parametrize(
    "prompt, reply",
    [
        ("What is the opposite of short?", "The opposite of short is long."),
        ("What is the opposite of short?", "The opposite of short is tall."),
        ("What is another word for small?", "Another word for small is tiny."),
        ("What is the currency of Denmark?", "The currency of Denmark is the Danish krone."),
        ("Which two colors make green?", "Yellow and blue make green."),
        ("What is the largest animal?", "The blue whale is the largest animal."),
        ("How many teeth does an adult have?", "An adult has 32 teeth."),
        ("Which country has London as its capital?", "London is the capital of England."),
    ],
)
def test_a_question_with_several_answers_takes_each(prompt, reply):
    assert any(score(reply, check).right for check in checks_of(prompt))


def test_alternatives_belong_to_values_that_are_asked_about():
    tables = library().tables
    assert not [
        (name, value)
        for name, values in alternatives().items()
        for value in values
        if value not in tables[name].column(tables[name].columns[0])
    ]


def test_neither_torch_nor_gradio_is_needed():
    code = "import sys, playground.metrics.replies as r; r.worth('Hello!', 'Hi.'); print({'torch', 'gradio', 'transformers'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "set()"
