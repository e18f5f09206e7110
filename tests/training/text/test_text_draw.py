"""The documents of the training text: no answer contradicts its request, and no held-out request occurs."""

from __future__ import annotations

from itertools import islice, pairwise
from random import Random

import pytest

from playground.text.prompts import ASSISTANT, USER
from playground.training.check_text import all_mistakes
from playground.training.corpus import SEPARATOR
from playground.training.text.draw import (
    choosers,
    draw_exchange,
    everyday,
    first_sentence,
    held_back,
    held_out,
    held_out_stories,
    plain_stories,
)
from playground.training.text.library import library
from playground.training.text.prompts import keys
from playground.training.text.score import key, score

KINDS = 60
FEW_ALIKE = (
    0.35  # of the answers of other draws of a kind may be right too: wordings, greetings, no clock for any question
)


def test_the_data_files_have_no_mistake():
    assert all_mistakes(draws=25)[1] == []


def test_there_are_kinds_enough():
    assert len(library().kinds) >= KINDS and len(library().stories) >= 12


@pytest.mark.parametrize("of", choosers(library())[0], ids=lambda of: of.name)
def test_an_answer_is_right_and_that_of_another_draw_is_not(of):
    rng = Random(of.name)
    requests = [draw_exchange(of, rng).request() for _ in range(24)]
    for request in requests:
        assert score(request.expected, request.check).right, request
    pairs = [(one, other) for one, other in pairwise(requests) if one.expected.lower() != other.expected.lower()]
    alike = [(one.prompt, other.expected) for one, other in pairs if score(other.expected, one.check).right]
    assert len(alike) <= FEW_ALIKE * len(pairs), alike


def test_the_same_seed_gives_the_same_documents():
    for draw in (everyday, plain_stories):
        one, two, other = (list(islice(draw(seed), 300)) for seed in (1, 1, 2))
        assert one == two != other


def test_no_document_comes_twice_and_none_holds_a_mark():
    for draw in (everyday, plain_stories):
        documents = list(islice(draw(3), 5000))
        assert len(set(documents)) == len(documents)
        assert not any(SEPARATOR in document for document in documents)


def test_documents_are_turns_by_turns():
    for document in islice(everyday(4), 2000):
        lines = document.split("\n")
        assert len(lines) % 2 == 0
        assert all(line.startswith(f"{who} ") for line, who in zip(lines, [USER, ASSISTANT] * len(lines))), document
        assert not any(USER in line[1:] or f" {ASSISTANT}" in line for line in lines), document


def test_held_out_prompts_never_occur_in_training():
    wanted = {key(request.prompt) for request in held_out(300, 7)}
    assert len(wanted) == 300
    lines = [line for document in islice(everyday(1), 20_000) for line in document.split("\n")]
    asked = {key(line.removeprefix(USER)) for line in lines if line.startswith(USER)}
    assert not asked & wanted and not asked & keys()
    openings = {key(request.prompt) for request in held_out_stories(60, 7)}
    assert len(openings) == 60
    stories = {key(first_sentence(story)) for story in islice(plain_stories(1), 10_000)}
    answers = {key(first_sentence(line.removeprefix(ASSISTANT))) for line in lines if line.startswith(ASSISTANT)}
    assert not openings & (stories | answers)


def test_the_validation_part_is_held_out():
    for document in islice(everyday(1, held_out=True), 200):
        asked = [line.removeprefix(USER) for line in document.split("\n") if line.startswith(USER)]
        assert any(held_back(request) for request in asked)
    assert all(held_back(first_sentence(story)) for story in islice(plain_stories(1, held_out=True), 100))


def test_held_out_prompts_come_from_many_kinds_and_are_scored():
    requests = held_out(300, 8)
    assert len({request.kind for request in requests}) >= KINDS
    assert all(score(request.expected, request.check).right for request in requests)
    assert requests == held_out(300, 8) != held_out(300, 9)
    for request in held_out_stories(60, 8):
        assert score(request.expected, request.check).right, request


def test_kinds_that_copy_have_many_requests():
    """Copying is learned from many values, so most kinds must have hundreds of distinct requests."""
    counts = {}
    for kind in library().kinds.values():
        rng = Random(kind.name)
        counts[kind.name] = len({key(draw_exchange(kind, rng).turns[0][0]) for _ in range(400)})
    assert min(counts.values()) >= 12, min(counts, key=counts.get)
    assert sum(count >= 200 for count in counts.values()) >= len(counts) / 3
