"""The scores of replies: right, repeated, broken."""

from __future__ import annotations

import subprocess
import sys

import pytest

from playground.training.text.prompts import FILES, prompts, written
from playground.training.text.score import Check, StoryCheck, score

CITIES = ("Fremont", "San Jose", "York", "New York", "Paris", "May")
DAYS = ("Monday", "Tuesday", "Friday")
TABLE = Check(
    "Book a table for four in Fremont on Friday.",
    "Your table for four in Fremont on Friday is booked.",
    must=(("4",), ("Fremont",), ("Friday",)),
    columns=(CITIES, DAYS),
    numbers=True,
)
MIA = Check("Tell me a story about a girl named Mia.", story=StoryCheck("Mia", "she", ("Mia", "Lily", "Ben")))
GOOD_STORY = "Once there was a girl named Mia. She had a red ball. One day it was gone. Mia found it under the bed."


@pytest.mark.parametrize(
    "reply",
    [
        "Your table for four in Fremont on Friday is booked.",
        "Your table for 4 in Fremont on Friday is booked!",
        "your table for FOUR in fremont on friday is booked.",
        "One moment. I have booked it: Friday, Fremont, four people.",
        "Your table for four in Fremont on Friday is booked.\nUser: And in Paris?\nAssistant: No.",
    ],
)
def test_right_replies(reply):
    assert score(reply, TABLE).right


@pytest.mark.parametrize(
    "reply, missing, wrong",
    [
        ("Your table for four in San Jose on Friday is booked.", ("Fremont",), ("San Jose",)),
        ("Your table for four in Fremont or San Jose on Friday is booked.", (), ("San Jose",)),
        ("Your table for four in Fremont on Monday is booked.", ("Friday",), ("Monday",)),
        ("Your table for six in Fremont on Friday is booked.", ("4",), ("6",)),
        ("Your table for four in Fremont on Friday at 7 is booked.", (), ("7",)),
        ("Your table for four in Fremonty on Friday is booked.", ("Fremont",), ()),
        ("", ("a reply", "4", "Fremont", "Friday"), ()),
    ],
)
def test_wrong_replies_say_what_is_wrong(reply, missing, wrong):
    scored = score(reply, TABLE)
    assert (scored.right, scored.missing, scored.wrong) == (False, missing, wrong)


def test_a_reply_without_an_end_is_not_right():
    assert not score("Your table for four in Fremont on Friday is", TABLE).right
    assert score('I wrote: "A table for four in Fremont on Friday."', TABLE).right


def test_of_two_values_that_overlap_the_longer_one_counts():
    check = Check("A flight to New York.", "Your flight to New York.", must=(("New York",),), columns=(CITIES,))
    assert score("Your flight to New York is booked.", check).right
    assert score("Your flight to York and New York is booked.", check).wrong == ("York",)


def test_a_proper_name_is_another_value_only_with_a_large_letter():
    check = Check("A room in Paris.", "Your room in Paris.", must=(("Paris",),), columns=(CITIES,))
    assert score("You may have a room in Paris. May I help?", check).right
    assert score("Your room in Paris is yours in May.", check).wrong == ("May",)


@pytest.mark.parametrize("reply", ["Twelve plus thirty is forty-two.", "12 + 30 = 42.", "It is forty two."])
def test_numbers_as_digits_or_words(reply):
    assert score(reply, Check("What is 12 plus 30?", must=(("42",),), numbers=True)).right


@pytest.mark.parametrize(
    "reply, twice",
    [
        ("I like tea. I like tea.", True),
        ("She was a girl. It was late. She was a girl.", True),
        ("It is very very very good.", True),
        ("I will call you on Monday, so I will call you then.", True),
        ("It is very, very good.", False),
        ("I like tea. You like milk.", False),
        ("J. J. Thomson found it.", False),
        ("Meet me at Blue Blue Mosque.", True),
        ("It is very very good.", False),
        ("I know that that is so.", False),
    ],
)
def test_repeated(reply, twice):
    assert score(reply, Check("Say something.")).repeated == twice


def test_a_doubled_name_is_one_name():
    assert not score("Your flight to Bora Bora is booked.", Check("Fly me to Bora Bora.")).repeated
    assert score("Your flight to Bora Bora is booked.", Check("Fly me to Rome.")).repeated


def test_words_of_the_prompt_may_come_twice():
    prompt = "Remind me to call my old friend."
    reply = "I will remind you to call my old friend. Now you can call my old friend."
    assert not score(reply, Check(prompt)).repeated
    assert score(reply, Check("Remind me.")).repeated


def test_broken_words():
    assert score("The theuthorante is open.", Check("Is it open?")).broken
    assert not score("The house is open at 7pm on the 3rd.", Check("Is it open?")).broken
    assert not score("Hello Xanthippe's friend, and Zorblatt!", Check("Write to Xanthippe and zorblatt.")).broken


def test_any_members_are_right():
    check = Check("Name three fruits.", members=("apple", "pear", "plum", "fig"), count=3)
    assert score("Apples, a fig and pears.", check).right
    assert not score("Apples, a dog and pears.", check).right


def test_without_values_most_of_the_telling_words_count():
    check = Check("Why is the sky blue?", about=("air", "spreads", "blue", "light"))
    assert score("The air spreads blue light.", check).right
    assert not score("I like blue light.", check).right


@pytest.mark.parametrize(
    "reply, right",
    [
        (GOOD_STORY, True),
        (GOOD_STORY.replace("Mia found", "The girl found"), False),
        (GOOD_STORY.replace("She had", "He had"), False),
        (GOOD_STORY.replace("named Mia", "named Lily"), False),
        (GOOD_STORY.replace(" One day it was gone.", ""), False),
        (GOOD_STORY.replace("under the bed.", "under"), False),
        (GOOD_STORY.replace("One day it was gone.", "Her friend Ben saw that he liked it."), True),
    ],
)
def test_stories(reply, right):
    assert score(reply, MIA).right == right


def test_a_story_goes_on_from_its_opening():
    check = Check(
        "Once there was a girl named Mia.", story=StoryCheck("Mia", "she", ("Mia",), "Once there was a girl named Mia.")
    )
    assert score("She had a red ball. One day it was gone. Mia found it.", check).right
    assert not score("She had a red ball. Mia lost it.", check).right


def test_every_prompt_written_by_hand_can_be_scored():
    requests = written()
    assert len(requests) == 60 == len({request.prompt for request in requests})
    for request in requests:
        assert request.check.must or request.check.members, request.prompt
        assert not score("I do not know.", request.check).right, request.prompt
        assert not score("", request.check).right, request.prompt
    assert [len(prompts(name)) for name in FILES] == [60, 60, 60]


def test_scoring_needs_neither_torch_nor_gradio():
    code = (
        "import sys, playground.training.check_text as c, playground.training.make_text; "
        "from playground.training.text.draw import held_out; from playground.training.text.score import score; "
        "r = held_out(1, 0)[0]; score(r.expected, r.check); "
        "print([name for name in ('torch', 'gradio', 'transformers') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.stdout.strip() == "[]", done.stderr
