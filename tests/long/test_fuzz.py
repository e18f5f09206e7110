"""Whatever is sent, the answer is a sentence or a run: never a traceback, never silence."""

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fakes import FakeEngine
from playground.request.fields import RequestError
from playground.request.race_request import RaceRequest
from playground.stream.messages import Streams
from playground.trace.trace import Trace, TraceError

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
FIELDS = list(RaceRequest.__dataclass_fields__)


@settings(max_examples=3000, deadline=None, suppress_health_check=list(HealthCheck))
@given(values=st.dictionaries(st.sampled_from([*FIELDS, "colour"]), ANYTHING, max_size=6))
def test_any_values_are_a_request_or_a_sentence(values):
    try:
        request = RaceRequest.parse({"prompt": "hello", **values})
    except RequestError as error:
        assert str(error).strip().endswith((".", "”"))
    else:
        assert RaceRequest.parse(request.to_json()) == request


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(values=st.dictionaries(st.sampled_from(FIELDS), ANYTHING, max_size=5))
def test_any_stream_ends_with_an_end_or_an_error(values):
    messages = [
        json.loads(message)
        for message in Streams(FakeEngine()).messages({"prompt": "hi", "length": 8, "steps": 2, **values})
    ]
    assert messages[0]["kind"] == "start" and messages[-1]["kind"] in ("end", "error")
    assert [message["seq"] for message in messages] == list(range(len(messages)))
    assert "Traceback" not in json.dumps(messages)


@settings(max_examples=2000, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=ANYTHING)
def test_any_file_is_a_run_or_a_sentence(data):
    for value in (
        data,
        {"version": 1, "run": {}, "lanes": [], "frames": [], "verdict": None, "ended": None, "extra": data},
        {"version": 1, "run": data, "lanes": data, "frames": data, "verdict": data, "ended": data},
    ):
        try:
            Trace.loads(json.dumps(value))
        except TraceError as error:
            assert str(error).strip()
