"""What a model looked at: whole rows, the right direction, and a question that waits its turn."""

import json
import threading

import pytest

from fakes import BlockingEngine, FakeEngine
from playground.errors import PlaygroundError
from playground.interface import BrokenEngine
from playground.request.fields import RequestError
from playground.stream.messages import Streams

TEXT = "I found one dentist for you. Do you like Doctor Wu?"


@pytest.mark.parametrize("at", [1, 5, -1])
def test_a_row_sums_to_one_and_only_diffusion_looks_right(tiny, at):
    ids = tiny.diffusion.encode(TEXT)
    at = range(len(ids))[at]
    for kind in ("diffusion", "ar"):
        row = tiny.attention(kind, ids, at)
        assert len(row) == len(ids) and sum(row) == pytest.approx(1, abs=1e-4) and min(row) >= 0
        right = sum(row[at + 1 :])
        assert right == 0 if kind == "ar" or at == len(ids) - 1 else right > 0
    assert tiny.attention("ar", ids, at)[at] == 0, "an AR model chose the token before it could see it"


def test_what_an_ar_model_looked_at_does_not_depend_on_what_came_after(tiny):
    ids = tiny.diffusion.encode(TEXT)
    other = [*ids[:6], *reversed(ids[6:])]
    assert tiny.attention("ar", ids, 6) == tiny.attention("ar", other, 6)
    assert tiny.attention("diffusion", ids, 6) != tiny.attention("diffusion", other, 6)


def test_the_usual_attention_is_back_afterwards(tiny):
    usual = tiny.diffusion.model.config._attn_implementation
    tiny.attention("diffusion", tiny.diffusion.encode(TEXT), 3)
    assert tiny.diffusion.model.config._attn_implementation == usual != "eager"


@pytest.mark.parametrize(
    "kind, ids, position, says",
    [
        ("sideways", [1, 2], 1, "no model 'sideways'"),
        ("ar", "text", 1, "list of 1 to"),
        ("ar", [], 0, "list of 1 to"),
        ("diffusion", [1] * 5000, 1, "list of 1 to"),
        ("diffusion", [1, 10**9], 0, "do not have"),
        ("diffusion", [1, True], 0, "do not have"),
        ("diffusion", [1, -1], 0, "do not have"),
        ("diffusion", [1, 2], 2, "between 0 and 1"),
        ("ar", [1, 2], 0, "between 1 and 1"),
        ("ar", [1, 2], None, "between 1 and 1"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_a_sentence(tiny, kind, ids, position, says):
    with pytest.raises(RequestError, match=says):
        tiny.attention(kind, ids, position)


def test_a_question_is_text_and_so_is_its_answer(tiny):
    streams = Streams(tiny)
    weights = json.loads(
        streams.attention(json.dumps({"kind": "diffusion", "ids": tiny.diffusion.encode(TEXT), "position": 4}))
    )["weights"]
    assert sum(weights) == pytest.approx(1, abs=1e-3)
    for text in ("", "{", "[]", None, "[" * 100_000, json.dumps({"kind": "ar"})):
        assert json.loads(streams.attention(text))["message"].endswith(".")
    broken = Streams(BrokenEngine(PlaygroundError("The checkpoint is missing. Restore it.")))
    assert json.loads(broken.attention("{}"))["message"] == "The checkpoint is missing. Restore it."


def test_other_weights_than_the_run_was_made_with_are_told_apart(tiny):
    streams = Streams(tiny)
    question = {"kind": "ar", "ids": tiny.diffusion.encode(TEXT), "position": 4}
    for kind, twin in (("diffusion", tiny.diffusion), ("ar", tiny.ar)):
        assert "weights" in json.loads(
            streams.attention(json.dumps({**question, "kind": kind, "checkpoint": twin.hash}))
        )
        answer = json.loads(streams.attention(json.dumps({**question, "kind": kind, "checkpoint": "0123456789abcdef"})))
        assert "other weights (0123456789ab)" in answer["message"] and twin.hash[:12] in answer["message"]


def test_what_breaks_is_one_sentence(caplog):
    engine = FakeEngine()
    engine.attention = lambda *_: 1 / 0
    assert "could not be computed" in json.loads(Streams(engine).attention("{}"))["message"]
    assert "ZeroDivisionError" in caplog.text


def test_a_question_waits_until_the_race_is_over():
    engine = BlockingEngine()
    streams = Streams(engine)
    race = streams.messages({"prompt": "please block", "length": 16, "steps": 8})
    while json.loads(next(race))["kind"] != "frames":
        pass
    answers = []
    question = json.dumps({"kind": "ar", "ids": [1, 2, 3], "position": 2})
    asking = threading.Thread(target=lambda: answers.append(streams.attention(question)))
    asking.start()
    while len(streams._turnstile._line) < 2:
        pass
    assert engine.asked == [] and answers == []
    engine.release.set()
    list(race)
    asking.join(20)
    assert "weights" in json.loads(answers[0]) and engine.asked == [("ar", [1, 2, 3], 2)]
