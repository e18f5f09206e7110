"""Whatever is sent to whatever the server listens at, the answer is a sentence: no bare status, nothing of the server's inside, and
none of the visitor's words sent back. Server functions and addresses are found by looking, so a new one is covered by itself."""

import json
import re

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fakes import FakeEngine
from playground.ui.page import build_page
from serving import served

pytestmark = pytest.mark.long  # fuzzing

MARK = "Q7x" * 700  # what a visitor wrote, longer than any sentence
ECHO = MARK[:101]
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
    | st.just(MARK)
    | st.just(f'"{MARK}"')
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8) | st.just(MARK), inner, max_size=4),
    max_leaves=8,
)
AS_TEXT = ANYTHING | ANYTHING.map(json.dumps)  # server functions read JSON text
FILE = {"path": MARK, "meta": {"_type": "gradio.FileData"}}  # what gradio takes for a file of its own
RUN_FILE = st.fixed_dictionaries(
    {
        "version": st.just(1) | ANYTHING,
        "run": st.just({}) | ANYTHING,
        "lanes": st.just([]) | ANYTHING,
        "frames": st.just([]) | ANYTHING,
    }
)
OFTEN = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
FEW = settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
PAGE = build_page(FakeEngine())
HEARD = [
    (block._id, function.__name__) for block in PAGE.blocks.values() for function in getattr(block, "server_fns", ())
]
NAMES = sorted({name for _, name in HEARD})


@pytest.fixture(scope="module")
def visitor():
    with served(FakeEngine()) as address, httpx.Client(base_url=address, timeout=30) as client:
        client.config = client.get("/config").json()
        yield client


def addresses():
    """(method, path) of every route of the page's server."""
    app = PAGE.app if hasattr(PAGE, "app") else None
    from gradio.routes import App

    app = app or App.create_app(PAGE)
    found = set()

    def look(routes, prefix=""):
        for route in routes:
            original = getattr(route, "original_router", None)
            if original is not None:
                look(original.routes, prefix)
            path = getattr(route, "path", None)
            if path and getattr(route, "methods", None):
                found.update((method, path) for method in route.methods)

    look(app.routes)
    return sorted(found)


def send(visitor, path, value):
    """A POST of JSON as Python writes it: infinity, which JSON does not have, included."""
    return visitor.post(path, content=json.dumps(value).encode(), headers={"Content-Type": "application/json"})


def is_sentence(text):
    return isinstance(text, str) and " " in text.strip() and len(text) <= 500


def check(answer, body):
    assert "Traceback" not in body and "site-packages" not in body
    if answer.status_code >= 400 and answer.request.method != "HEAD":
        said = json.loads(body)
        assert is_sentence(said["detail"]), body[:300]
        assert ECHO not in body


def test_every_function_is_found():
    assert {
        "stop_run",
        "looked_at",
        "read_link",
        "qr_code",
        "make_html",
        "make_gif",
        "make_png",
        "file_state",
        "file_part",
        "stop_file",
        "calculate",
        "predict",
        "printed",
    } <= set(NAMES)
    assert len(addresses()) > 30


@pytest.mark.parametrize("name", NAMES)
@OFTEN
@given(data=AS_TEXT | RUN_FILE.map(json.dumps))
def test_a_server_function_answers_anything(visitor, name, data):
    component = next(
        component["id"]
        for component in visitor.config["components"]
        if name in component["props"].get("server_fns", ())
    )
    answer = send(
        visitor,
        "/gradio_api/component_server",
        {"data": data, "component_id": component, "session_hash": "s", "fn_name": name},
    )
    check(answer, answer.text)
    assert answer.status_code == 200
    told = answer.json()
    if isinstance(told, str) and told.startswith("{"):
        said = json.loads(told)
        if "message" in said:
            assert is_sentence(said["message"]) and ECHO not in said["message"]


@OFTEN
@given(
    body=st.fixed_dictionaries(
        {},
        optional={
            "data": ANYTHING,
            "component_id": ANYTHING | st.integers(0, 200),
            "session_hash": ANYTHING,
            "fn_name": ANYTHING | st.sampled_from([*NAMES, "postprocess", "__init__", "blocks"]),
        },
    )
    | ANYTHING
)
def test_the_way_to_the_server_functions_answers_anything(visitor, body):
    answer = send(visitor, "/gradio_api/component_server", body)
    check(answer, answer.text)
    assert answer.status_code < 500


@pytest.mark.parametrize(
    "arguments", [[], [MARK], [MARK] * 3, [[MARK]] * 19, [{MARK: MARK}] * 19, [FILE] * 19, [None] * 19, [MARK] * 40]
)
@pytest.mark.parametrize("way", ["/gradio_api/run/race", "/gradio_api/api/race"])
def test_a_race_asked_for_with_odd_arguments_is_answered_in_words(visitor, way, arguments):
    answer = send(visitor, way, {"data": arguments})
    check(answer, answer.text)
    assert answer.status_code == 200 or is_sentence(answer.json()["error"])


@pytest.mark.parametrize("arguments", [[], [MARK], [FILE] * 19, [7] * 19])
def test_so_is_one_that_waits_its_turn(visitor, arguments):
    race = next(one["id"] for one in visitor.config["dependencies"] if one["api_name"] == "race")
    session = f"odd-{len(arguments)}-{type((arguments or [0])[0]).__name__}"
    send(
        visitor, "/gradio_api/queue/join", {"data": arguments, "fn_index": race, "session_hash": session}
    ).raise_for_status()
    with visitor.stream("GET", "/gradio_api/queue/data", params={"session_hash": session}) as stream:
        messages = [json.loads(line[5:]) for line in stream.iter_lines() if line.startswith("data:")]
    last = next(message for message in messages if message["msg"] == "process_completed")
    assert last["success"] or is_sentence(last["output"]["error"])
    assert ECHO not in json.dumps(last["output"])


@pytest.mark.parametrize("method, path", addresses())
@FEW
@given(data=st.data())
def test_every_address_answers_anything(visitor, method, path, data):
    junk = st.sampled_from(["nothing", "..%2F..%2Fetc%2Fpasswd", "0", "-1", MARK[:300], "%00", "race", "%F0%9F%99%82"])
    for name in re.findall(r"{(\w+)(?::\w+)?}", path):
        path = re.sub(rf"{{{name}(:\w+)?}}", lambda _: data.draw(junk), path)
    keys = st.sampled_from(["session_hash", "page", "deep_link", "upload_id", "url", "size", "all_endpoints", "x"])
    query = data.draw(
        st.dictionaries(keys, st.text(alphabet="abc/.%0{}é", max_size=12) | st.just(MARK[:300]), max_size=2)
    )
    fields = st.sampled_from(
        ["data", "fn_index", "session_hash", "event_id", "event_data", "trigger_id", "username", "password", "hash"]
    )
    body = (
        data.draw(ANYTHING | st.dictionaries(fields, ANYTHING | st.integers(0, 9), max_size=6))
        if method not in ("GET", "HEAD")
        else None
    )
    try:
        with visitor.stream(
            method,
            path,
            params=query,
            content=json.dumps(body).encode() if body is not None else None,
            headers={"Content-Type": "application/json"},
            timeout=3,
        ) as answer:
            if answer.headers.get("content-type", "").startswith("text/event-stream"):
                assert answer.headers["x-accel-buffering"] == "no"
                return  # it may go on for ever
            check(answer, answer.read().decode("utf-8", "replace"))
            assert answer.status_code < 500
    except httpx.ReadTimeout:
        assert method == "GET", "only a stream may be silent so long"


@OFTEN
@given(body=st.binary(max_size=200))
def test_bytes_that_are_no_json_are_answered_in_words(visitor, body):
    for path in ("/gradio_api/component_server", "/gradio_api/queue/join", "/gradio_api/run/race"):
        answer = visitor.post(path, content=body, headers={"Content-Type": "application/json"})
        check(answer, answer.text)


def test_a_function_that_breaks_tells_nothing_of_it(visitor, monkeypatch, caplog):
    def broken(exercises, address):
        raise OSError("/secret/place")

    monkeypatch.setattr("playground.ui.workshops.sheet", broken)
    component = next(
        one["id"] for one in visitor.config["components"] if "printed" in one["props"].get("server_fns", ())
    )
    answer = send(
        visitor,
        "/gradio_api/component_server",
        {"data": "x", "component_id": component, "session_hash": "s", "fn_name": "printed"},
    )
    assert "secret" not in answer.text and is_sentence(json.loads(answer.json())["message"])
    assert "/secret/place" in caplog.text
