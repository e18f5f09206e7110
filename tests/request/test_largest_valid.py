"""The largest part of a link that can be run: what is kept, what is left out and why, and how many requests that takes."""

from math import comb

import pytest

from playground.request import largest_valid as search
from playground.request.largest_valid import MOST_LEFT_OUT, largest_valid
from playground.request.settings_table import SETTINGS


def test_what_can_be_run_is_kept_whole():
    given = {"prompt": "hi", "steps": "8", "commit": "threshold"}
    assert largest_valid(given) == (given, {})


@pytest.mark.parametrize(
    "given, left_out, says",
    [
        ({"steps": "many", "seed": "3"}, {"steps"}, "must be a number"),
        (
            {"steps": "20", "length": "16"},
            {"steps"},
            "at most 16 steps",
        ),  # of two that do not go together, one gives way
        ({"revise": "renoise", "cache": "dual"}, {"cache"}, "Choose no cache"),
        ({"lanes": '[{"model": "twin-ar", "commit": "' + "中" * 700 + '"}]'}, {"lanes"}, "The commit rule"),
        ({"steps": "0", "seed": "-1", "top_p": "9"}, {"steps", "seed", "top_p"}, "seed"),
    ],
)
def test_the_fewest_are_left_out_each_with_its_reason(given, left_out, says):
    kept, refused = largest_valid({"prompt": "hi", **given})
    assert set(refused) == left_out and set(kept) == {"prompt", *given} - left_out
    assert all(refused.values()) and says in " ".join(refused.values())


def test_where_more_is_wrong_only_the_prompt_is_kept():
    wrong = dict.fromkeys(("steps", "seed", "top_p", "length"), "?")
    kept, refused = largest_valid({"prompt": "hi", "noise": "mask", **wrong})
    assert kept == {"prompt": "hi"} and wrong.keys() <= refused.keys() and not refused["noise"]


def test_the_search_is_bounded(monkeypatch):
    asked = []
    monkeypatch.setattr(search, "why_not", lambda values: asked.append(values) or "never")
    given = dict.fromkeys(SETTINGS, "?")
    largest_valid(given)
    tried = sum(comb(len(given), count) for count in range(MOST_LEFT_OUT + 1))
    assert len(asked) <= tried + 1 + len(given)
