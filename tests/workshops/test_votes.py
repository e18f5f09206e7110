"""Votes are counted by room and exercise, once a voter, and only for answers that there are."""

import pytest

from playground.errors import PlaygroundError
from playground.workshops import votes as module
from playground.workshops.exercises import workshops
from playground.workshops.votes import Votes

FIRST = workshops()[0]


@pytest.fixture
def votes():
    return Votes(workshops())


def test_a_second_choice_replaces_the_first(votes):
    room = votes.open()
    for voter, choice in (("ann", 0), ("ben", 1), ("ann", 1)):
        votes.cast(room, FIRST.id, voter, choice)
    assert votes.counts(room, FIRST.id) == [0, 2, 0]


def test_rooms_and_exercises_are_counted_apart(votes):
    one, other = votes.open(), votes.open()
    votes.cast(one, FIRST.id, "ann", 0)
    assert sum(votes.counts(other, FIRST.id)) == 0 and sum(votes.counts(one, workshops()[1].id)) == 0


@pytest.mark.parametrize(
    "exercise, voter, choice",
    [
        (FIRST.id, "ann", 3),
        (FIRST.id, "ann", -1),
        (FIRST.id, "ann", True),
        (FIRST.id, "", 0),
        ("none", "ann", 0),
        (FIRST.id, "x" * 41, 0),
        (FIRST.id, None, 0),
        (FIRST.id, "ann", "0"),
    ],
)
def test_what_is_no_vote_is_a_sentence_and_counts_nothing(votes, exercise, voter, choice):
    room = votes.open()
    with pytest.raises(PlaygroundError):
        votes.cast(room, exercise, voter, choice)
    assert votes.counts(room, FIRST.id) == [0, 0, 0]


def test_a_room_that_is_not_there_says_that_votes_are_forgotten(votes):
    with pytest.raises(PlaygroundError, match="forgets its votes"):
        votes.counts("NOPE", FIRST.id)


def test_rooms_and_voters_are_limited(votes, monkeypatch):
    monkeypatch.setattr(module, "MOST_ROOMS", 2)
    monkeypatch.setattr(module, "MOST_VOTERS", 1)
    oldest, used = votes.open(), votes.open()
    votes.cast(oldest, FIRST.id, "ann", 0)  # now the other one is the oldest
    votes.open()
    with pytest.raises(PlaygroundError):
        votes.counts(used, FIRST.id)
    with pytest.raises(PlaygroundError, match="full"):
        votes.cast(oldest, FIRST.id, "ben", 0)
    assert votes.counts(oldest, FIRST.id) == [1, 0, 0]


def test_a_room_with_votes_outlives_any_number_of_empty_ones(votes, monkeypatch):
    monkeypatch.setattr(module, "MOST_ROOMS", 3)
    room = votes.open()
    votes.cast(room, FIRST.id, "ann", 0)
    others = [votes.open() for _ in range(10)]
    assert votes.counts(room, FIRST.id) == [1, 0, 0] and votes.counts(others[-1], FIRST.id) == [0, 0, 0]
    for other in others[-2:]:
        votes.cast(other, FIRST.id, "ben", 1)
    votes.open()
    with pytest.raises(PlaygroundError):
        votes.counts(room, FIRST.id)
