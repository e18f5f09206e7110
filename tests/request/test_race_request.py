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


def nested(depth):
    found = []
    for _ in range(depth):
        found = [found]
    return found


@pytest.mark.parametrize(
    "values, says",
    [
        ({"lanes": [{"model": "中" * 200, "commit": "中" * 900}] * 3}, "Sampler A: The commit rule"),
        ({"lanes": [{"model": "twin-ar", "commit": "x" * 5000}]}, "take 5,013 characters as JSON; at most 1,000 fit"),
        ({"lanes": [{"model": '"' * 200, "steps": "8" + " " * 970}] * 3}, "lanes take 4,.* at most 4,000 fit"),
        ({"lanes": '[{"model": "\\ud800"}]'}, "bytes that are not text"),
        ({"lanes": [{"model": "twin-ar", "steps": nested(9999)}]}, "cannot be written as JSON"),
        ({"versus": {"steps": {8}}}, "cannot be written as JSON"),
        ({"versus": {"steps": "8" + " " * 1000}}, "at most 1,000 fit"),
        ({"steps": nested(9999)}, "The steps holds lists in lists"),
        ({"same_length": nested(9999)}, "The same_length holds lists in lists"),
    ],
)
def test_what_is_too_long_or_too_deep_is_refused_like_anything_else(values, says):
    with pytest.raises(RequestError, match=says):
        RaceRequest.parse({"prompt": "hello", **values})


def test_lanes_of_any_letters_are_read_back_as_they_were_written():
    lanes = [{"model": "模" * 200, "steps": 8}] * 3
    request = RaceRequest.parse({"prompt": "hello", "lanes": lanes})
    assert "模" in request.lanes and RaceRequest.parse(request.to_json()) == request
