"""The checker of the data files reports every sort of mistake in a sentence that names the file."""

from __future__ import annotations

import pytest

from playground.training.check_text import all_mistakes
from playground.training.text.numbers import as_digits, in_words
from playground.training.text.templates import with_article

DAYS = "day\tnext\nMonday\tTuesday\nTuesday\tWednesday\nWednesday\tThursday\n"
HEROES = "name\twho\the\nMia\tgirl\tshe\nTom\tboy\the\n"
GOOD = """about = "what day comes next"
example = "What day comes after Monday?"
[slots]
day = "days"
a = "2..9"
b = "1..a"
sum = "= a + b"
[[forms]]
ask = ["What day comes after {day}?", "The day after {day}?", "{day|low}, and then?"]
answer = ["{day.next} comes after {day}."]
[[forms]]
ask = ["What is {a} plus {b}?", "{a} + {b}", "Add {a|word} and {b|word}."]
answer = ["{a|cap} plus {b} is {sum}."]
"""
STORY = """about = "a lost ball"
length = "short"
ask = ["Tell me a story about {hero.who|a} named {hero}.", "A story about {hero.who|a} named {hero}, please.", "story of {hero}"]
[slots]
hero = "heroes"
[[parts]]
say = ["Once there was {hero.who|a} named {hero}."]
[[parts]]
say = ["{hero.he|cap} lost a ball."]
[[parts]]
maybe = true
say = ["{hero.he|cap} looked for it all day."]
[[parts]]
say = ["It was in the garden. {hero} was happy."]
"""


@pytest.fixture
def room(tmp_path):
    """A folder of data files without mistakes; returns a function that changes one file and returns the mistakes."""
    for folder in ("tables", "kinds", "stories"):
        (tmp_path / folder).mkdir()
    texts = {"tables/days.tsv": DAYS, "tables/heroes.tsv": HEROES, "kinds/after.toml": GOOD, "stories/ball.toml": STORY}
    for name, text in texts.items():
        (tmp_path / name).write_text(text)

    def mistakes(name: str = "", old: str = "", new: str = "") -> list[str]:
        if name:
            assert old in texts[name], "the test changes nothing"
            (tmp_path / name).write_text(texts[name].replace(old, new))
        return all_mistakes(tmp_path)[1]

    return mistakes


def test_files_without_a_mistake(room):
    assert room() == []


@pytest.mark.parametrize(
    "file, old, new, told",
    [
        ("tables/days.tsv", "Tuesday\tWednesday", "Tuesday", "row 3 has 1 columns"),
        ("tables/days.tsv", "Wednesday\tThursday", "Monday\tThursday", "repeats the value 'Monday'"),
        ("tables/days.tsv", "\nTuesday\t", "\n Tuesday\t", "spaces too many"),
        ("kinds/after.toml", 'day = "days"', 'day = "weeks"', "there is no tables/weeks.tsv"),
        ("kinds/after.toml", '"= a + b"', '"= a + c"', "speaks of slot 'c'"),
        ("kinds/after.toml", '"= a + b"', '"= a + day"', "'day', which is no number"),
        ("kinds/after.toml", '"= a + b"', '"= open(a)"', "a formula may hold"),
        ("kinds/after.toml", "{day.next} comes", "{day.after} comes", "has the columns day, next"),
        ("kinds/after.toml", "{day.next} comes", "{dya} comes", "'dya', which [slots] does not have"),
        ("kinds/after.toml", "{day|low}", "{day|small}", "uses filter 'small'"),
        (
            "kinds/after.toml",
            '"The day after {day}?"',
            '"And then?"',
            "uses slot 'day', which the request 'And then?' does not name",
        ),
        (
            "kinds/after.toml",
            'answer = ["{day.next} comes after {day}."]',
            "answer = []",
            "a list of texts that is not empty",
        ),
        ("kinds/after.toml", "comes after {day}.", "comes after {day}", "has no . ! or ? at its end"),
        ("kinds/after.toml", "comes after {day}.", "comes  after {day}.", "two spaces in a row"),
        (
            "kinds/after.toml",
            "comes after {day}.",
            'comes \\"after {day}.',
            "a quotation or a bracket that it does not close",
        ),
        ("kinds/after.toml", "comes after {day}.", "comes after {day}" + " and on" * 20 + ".", "more than 40"),
        ("kinds/after.toml", "comes after {day}.", "comes after {day}. {day.next} comes after {day}.", "twice"),
        ("kinds/after.toml", "about =", "abuot =", "'abuot', which nobody reads"),
        ("kinds/after.toml", "about =", "share = -1\nabout =", "share must be a number above 0"),
        ("kinds/after.toml", "comes after {day}.", "comes after {day}.<|endoftext|>.", "separates documents"),
        ("kinds/after.toml", "[slots]", "[slots", "it is no TOML"),
        ("stories/ball.toml", 'length = "short"', 'length = "tiny"', "length must be one of short, long"),
        ("stories/ball.toml", '"story of {hero}"', '"a story"', "does not name the hero"),
        ("stories/ball.toml", "all day.", "all day" + " and night" * 20 + ".", "more than 45"),
        ("stories/ball.toml", "{hero.he|cap} lost", "He lost", "'he for Mia'"),
        ("stories/ball.toml", "{hero} was happy.", "All were happy.", "later on"),
    ],
)
def test_a_mistake_is_told_with_its_file(room, file, old, new, told):
    found = room(file, old, new)
    assert any(mistake.startswith(f"{file}: ") and told in mistake for mistake in found), found


def test_one_request_with_two_answers_is_told(room):
    found = room(
        "kinds/after.toml",
        'answer = ["{a|cap} plus {b} is {sum}."]',
        'answer = ["{a|cap} plus {b} is {sum}."]\n[[forms]]\n'
        'ask = ["What day comes after {day}?", "After {day}?", "{day}?"]\nanswer = ["Nothing comes after {day}."]',
    )
    assert any("is answered" in mistake for mistake in found), found


@pytest.mark.parametrize(
    "text, expected",
    [
        ("apple", "an apple"),
        ("pear", "a pear"),
        ("hour", "an hour"),
        ("unicorn", "a unicorn"),
        ("umbrella", "an umbrella"),
        ("owl", "an owl"),
        ("one-day trip", "a one-day trip"),
        ("onion", "an onion"),
        ("ice cream", "an ice cream"),
        ("8", "an 8"),
        ("11 am train", "an 11 am train"),
        ("European", "a European"),
        ("used car", "a used car"),
        ("usher", "an usher"),
        ("uninvited guest", "an uninvited guest"),
        ("uniform", "a uniform"),
        ("honest man", "an honest man"),
        ("house", "a house"),
    ],
)
def test_articles(text, expected):
    assert with_article(text) == expected


def test_numbers_in_words_and_back():
    assert [in_words(n) for n in (0, 7, 13, 20, 41, 100, 305, 1200)] == [
        "zero",
        "seven",
        "thirteen",
        "twenty",
        "forty-one",
        "one hundred",
        "three hundred and five",
        "one thousand two hundred",
    ]
    for number in range(100):
        assert as_digits(in_words(number).replace("-", " ").split()) == [str(number)]
