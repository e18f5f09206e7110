"""Plain words become a user's turn, stories stay as they are, turns are completed."""

import pytest

from playground.text.prompts import wrap


@pytest.mark.parametrize(
    "prompt, text",
    [
        ("I need a dentist.", "User: I need a dentist.\nAssistant:"),
        ("  two\nlines ", "User: two lines\nAssistant:"),
        ("Once upon a time there", "Once upon a time there"),
        ("ONE DAY a fox", "ONE DAY a fox"),
        ("In a hurry, I need a taxi", "User: In a hurry, I need a taxi\nAssistant:"),
        ("One day pass please", "User: One day pass please\nAssistant:"),
        ("User: hi", "User: hi\nAssistant:"),
        ("User: hi\nAssistant: Hello, I", "User: hi\nAssistant: Hello, I"),
    ],
)
def test_wrap(prompt, text):
    assert wrap(prompt) == text
