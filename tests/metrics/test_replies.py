"""What a reply is worth, in words that a visitor understands; where nobody knows a right reply, only what needs no check is told."""

import pytest

from playground.metrics.replies import Worth, worth
from playground.metrics.verdict import verdict
from playground.request.race_request import RaceRequest
from test_lane_metrics import trace


@pytest.mark.parametrize(
    "reply, right, says",
    [
        ("The capital of France is Paris. User: And of Italy? Assistant: Rome.", True, "right"),
        ("The capital of France is Paris.\nUser: And of Italy?\nAssistant: Rome.", True, "right"),
        ("The capital of France is Rome.", False, "wrong: it lacks “Paris” and it says “Rome”"),
        ("The capital of France is Parisk.", False, "wrong: “parisk” is no word and it lacks “Paris”"),
        ("The capital of France is Paris. The capital of France is Paris.", False, "wrong: it says something twice"),
        ("The capital of France is Paris", False, "wrong: it breaks off"),
    ],
)
@pytest.mark.parametrize(
    "prompt", ["What is the capital of France?", "User: what is the capital of france\nAssistant:"]
)
def test_of_a_known_request(prompt, reply, right, says):
    found = worth(prompt, reply)
    assert (found.right, found.said) == (right, says)


@pytest.mark.parametrize(
    "reply, says",
    [
        ("It is what it is.", ""),
        ("It rains. It rains.", "it says something twice"),
        ("The theuthorante came.", "“theuthorante” is no word"),
    ],
)
def test_of_an_unknown_request(reply, says):
    found = worth("What is your view on tariffs?", reply)
    assert found.right is None and found.said == says


def test_the_verdict_says_what_the_replies_are_worth():
    worths = {
        "diffusion": Worth(True, False, False, "right"),
        "ar": Worth(False, True, False, "wrong: it says something twice"),
    }
    found = verdict(trace(), {}, "x", worths=worths)
    assert (
        "Replies: Diffusion right; Autoregressive repeated. Autoregressive: it says something twice." in found["line"]
        and "more" not in found
    )
    assert [found["lanes"][key]["right"] for key in ("diffusion", "ar")] == [True, False] and found["lanes"]["ar"][
        "repeated"
    ]


def test_without_a_check_the_visitor_judges():
    line = verdict(trace(), {}, "x", worths={key: Worth(None, False, False, "") for key in ("diffusion", "ar")})["line"]
    assert "no word broken, no sentence twice. Whether they answer, only you can tell." in line


@pytest.mark.parametrize("settings", [{"share": 0.3}, {"ending": "Bye."}, {"prompt": "I need ___ now."}])
def test_what_is_no_reply_is_not_judged(tiny, settings):
    run = tiny.start(
        RaceRequest.parse({"prompt": "What is the capital of France?", "length": 24, "steps": 4, **settings})
    )
    list(run.frames())
    assert "Replies" not in run.trace.verdict["line"] and run.trace.verdict["lanes"]["ar"]["right"] is None


def test_a_race_is_judged_by_what_was_typed(tiny):
    run = tiny.start(RaceRequest("What is the capital of France?", length=16, steps=4))
    list(run.frames())
    assert (
        "it lacks “France” and “Paris”" in run.trace.verdict["line"]
        and run.trace.verdict["lanes"]["ar"]["right"] is False
    )
