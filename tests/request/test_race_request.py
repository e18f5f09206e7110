"""Bad input is refused with a sentence that names the field and says what to do."""

import pytest

from playground.request.fields import RequestError
from playground.request.race_request import RaceRequest


def test_defaults_and_types():
    request = RaceRequest.parse({"prompt": "hello", "length": "32", "steps": 8.0, "temperature": "0.5"})
    assert request == RaceRequest("hello", length=32, steps=8, temperature=0.5)


@pytest.mark.parametrize(
    "values, says",
    [
        ({"prompt": ""}, "empty"),
        ({"prompt": " \n "}, "empty"),
        ({}, "empty"),
        ({"prompt": 3}, "must be text"),
        ({"prompt": "a" * 2001}, "Shorten"),
        ({"length": 7}, "between 8 and 512"),
        ({"length": 513}, "between 8 and 512"),
        ({"length": "many"}, "length must be a number"),
        ({"length": None}, "length must be a number"),
        ({"length": True}, "length must be a number"),
        ({"length": 10.5}, "whole number"),
        ({"steps": 0}, "steps"),
        ({"length": 16, "steps": 17}, "at most 16 steps"),
        ({"steps": 2, "blocks": 3}, "blocks need at least 3 steps"),
        ({"commit": "sideways"}, "commit rule must be one of"),
        ({"revise": []}, "revise rule must be one of"),
        ({"temperature": float("nan")}, "temperature"),
        ({"temperature": float("inf")}, "temperature"),
        ({"temperature": -0.1}, "between 0 and 2"),
        ({"seed": -1}, "seed"),
        ({"seed": 2**40}, "seed"),
        ({"length": 10**400}, "length must be a number"),
        ({"same_length": "banana"}, "same_length must be true or false"),
        ({"same_length": None}, "same_length"),
        ({"prompt": "lone \ud800 half"}, "not text"),
        ({"noise": "x" * 999}, "noise"),
        ({"commit_level": "much"}, "commit_level must be a number"),
        ({"commit": "threshold", "commit_level": 7}, "between 0 and 1"),
        ({"share": 2}, "share"),
        ({"places": "dentist"}, "Places are written"),
        ({"share": 0.5, "ending": "bye"}, "its own words"),
        ({"resume": "{"}, "not JSON"),
        ({"resume": {"ids": [1]}}, "frame to go on from"),
        ({"top_p": 0}, "top_p must lie between 0.01 and 1"),
        ({"top_p": 1.2}, "top_p"),
        ({"top_k": -1}, "top_k"),
        ({"top_k": 2.5}, "whole number"),
        ({"top_p": "most"}, "top_p must be a number"),
        ({"versus": {"top_p": 7}}, "Sampler B: The top_p"),
        ({"colour": 1}, "no setting called colour"),
    ],
)
def test_refusals(values, says):
    with pytest.raises(RequestError, match=says):
        RaceRequest.parse({"prompt": "hello", **values} if values and "prompt" not in values else values)


@pytest.mark.parametrize(
    "value, read", [(True, True), ("true", True), (1, True), (False, False), ("False", False), ("0", False)]
)
def test_same_length_as_json_or_a_link_spells_it(value, read):
    assert RaceRequest.parse({"prompt": "hello", "same_length": value}).same_length is read
