"""Whatever text a visitor sends is bounded before anything is made of it, and what is too much is told."""

import json
import time

import pytest

from fakes import FakeEngine
from playground.request.branch import LONGEST_TEXT
from playground.request.fields import RequestError
from playground.request.race_request import RaceRequest
from playground.ui.components.answered import answered
from playground.ui.share import LONGEST_QUESTION, Share, parsed, qr


@pytest.fixture(scope="module")
def share():
    return Share(FakeEngine())


@pytest.mark.parametrize(
    "name, text",
    [
        ("read_link", json.dumps({"prompt": "x" * LONGEST_QUESTION})),
        ("read_link", "[" * 30_000),
        ("read_link", "[1]"),
        ("read_link", "5"),
        ("read_link", json.dumps({f"odd{n}": "1" for n in range(3000)})),
        ("qr_code", "x" * 10_000_000),
        ("qr_code", [1]),
        ("file_state", "none"),
        ("file_state", {}),
        ("file_part", '{"name": "none", "at": 0}'),
        ("file_part", '{"other": 1}'),
        ("file_part", "x" * 10_000_000),
        ("make_gif", 5),
        ("make_png", 5),
        ("make_html", None),
    ],
)
def test_server_functions_of_sharing_answer_with_a_sentence_of_bounded_length(share, name, text):
    answer = getattr(share, name)(text)
    assert len(answer) < 1500
    said = json.loads(answer)
    assert said.get("message") or said.get("problem")


def test_every_setting_wrong_at_once_is_told_soon(share):
    """Which of them to leave out is tried in bounded time."""
    began = time.process_time()
    answer = json.loads(
        share.read_link(
            json.dumps({name: "?" for name in RaceRequest("").to_json() if name not in ("resume", "prompt")})
        )
    )
    assert answer["problem"] and time.process_time() - began < 20


def test_the_largest_code_is_made_and_a_longer_text_is_refused():
    assert qr("x" * 2900).size > 150
    assert "too long" in json.loads(answered(lambda: qr("x" * 2954)))["message"]


def test_a_frame_to_go_on_from_is_bounded():
    for text in ("x" * (LONGEST_TEXT + 1), json.dumps({"settings": {"steps": 4}, "junk": "x" * LONGEST_TEXT})):
        with pytest.raises(RequestError, match="at most 1,700,000"):
            RaceRequest.parse({"prompt": "hi", "resume": text})


def test_a_question_of_a_link_is_an_object():
    assert parsed('{"a": 1}') == {"a": 1}
    assert "cannot be read" in json.loads(answered(lambda: parsed("[]")))["message"]
