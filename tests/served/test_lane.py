"""A lane of a served model: its frames, what it says about itself, its key, and how it is stopped."""

import gc
import socket
import threading
import time
from contextlib import suppress
from dataclasses import replace

import pytest

from byte_server import DONE, FINISH, HANG, STREAM, ByteServer, chunk, head, refusal, served, snapshot, text
from playground.catalog.catalog import catalog, find
from playground.engine.served_model import ServedModel, host_key
from playground.errors import PlaygroundError
from playground.metrics.served_metrics import measure_served
from playground.request.race_request import RaceRequest
from playground.trace.served import counted, note_of
from playground.trace.tokenizers import share_tokenizer
from test_reader import KEY, PATIENT, run_lane

ASKED = RaceRequest("Hi there", length=16)


def cells(trace, i):
    """What a lane shows after a frame: text and state of each cell of the reply."""
    return [(c.text, c.state) for _, c in sorted(trace.canvas("ar", i).items()) if c.state != "prompt"]


def test_a_chunk_is_a_cell_and_an_arrival_is_a_frame():
    with ByteServer([STREAM, text("Hello"), 0.02, text(" you "), text("two"), FINISH, DONE]) as server:
        trace, _ = run_lane(server.url)
    assert [len(frame.changes) for frame in trace.frames] == [2, 1, 1, 1, 0], "prompt, three chunks, the end"
    assert cells(trace, None) == [("Hello", "committed"), (" you ", "committed"), ("two", "committed")]
    assert all(c.confidence is None for frame in trace.frames for c in frame.changes)
    assert trace.lanes[0].about["remote"]["arrivals"] == measure_served(trace, "ar").arrivals == 3
    assert counted(trace.lanes[0], trace.frames[-1].i) == "3 chunks", "the last frame settles, and is no chunk"


def test_what_stood_still_between_two_snapshots_is_settled_and_the_rest_is_a_draft():
    sent = [
        snapshot("a x\x1fy c"),
        snapshot("a b d\x1f"),
        snapshot("a b d e"),
        snapshot("z b d e"),
        snapshot("z b", "stop"),
    ]
    with ByteServer([STREAM, *[part for one in sent for part in (one, 0.01)], chunk({}, "stop"), DONE]) as server:
        trace, _ = run_lane(server.url)
    draft, settled = "draft", "committed"
    assert cells(trace, 1) == [("a", draft), (" x░y", draft), (" c", draft)]
    assert cells(trace, 2) == [("a", settled), (" b", draft), (" d░", draft)]
    assert cells(trace, 3) == [("a", settled), (" b", settled), (" d", draft), (" e", draft)]
    assert cells(trace, 4) == [("z", draft), (" b", draft), (" d", draft), (" e", draft)], "the first word changed"
    assert cells(trace, 5)[:2] == [("z", "revised"), (" b", settled)], "settled as another"
    assert trace.text("ar") == "z b" and [frame.open for frame in trace.frames] == [0, 3, 2, 2, 4, 0, 0]
    assert [frame.phase for frame in trace.frames] == ["noise", "noise", "rough", "rough", "noise", "clear", "final"]


def test_noise_that_stands_still_does_not_settle_before_the_end():
    with ByteServer([STREAM, snapshot("\x1f\x1f b"), 0.01, snapshot("\x1f\x1f b"), FINISH, DONE]) as server:
        trace, _ = run_lane(server.url)
    assert cells(trace, 2)[0] == ("░░", "draft") and trace.frames[-1].open == 0


def test_words_are_cut_at_the_same_places_in_python_and_in_the_browser():
    """\\s of Python matches \\x1c to \\x1f and a space without a break; JavaScript's does not match the former."""
    with ByteServer([STREAM, snapshot("a\u00a0b c\td"), FINISH, DONE]) as server:
        trace, _ = run_lane(server.url)
    assert [said for said, _ in cells(trace, 1)] == ["a\u00a0b", " c", "\td"]


def test_a_lane_says_where_the_prompt_goes_and_what_it_does_not_keep():
    mercury = replace(find("mercury-3"))
    source = ServedModel(mercury, lambda record: KEY)
    about = source.lane(replace(ASKED, steps=8), "diffusion", "Mercury 3", {"model": "mercury-3"}).lane.about
    assert about["remote"]["provider"] == "Inception" and about["remote"]["unit"] == "snapshots"
    assert about["remote"]["ignored"] == ["passes 8", "commit rule spread", "temperature 0", "seed 0", "same length"]
    assert "is sent to api.inceptionlabs.ai" in about["note"] and "temperature 0" in about["note"]
    warm = source.lane(replace(ASKED, temperature=0.7), "diffusion", "Mercury 3", {}).lane.about["remote"]["ignored"]
    assert "temperature 0.7" not in warm
    assert source.lane(ASKED, "diffusion", "", {}).apart and not source.can


def test_its_cells_are_no_tokens_so_no_other_lane_shares_them():
    source = ServedModel(find("mercury-3"), lambda record: KEY)
    one, two = (source.lane(ASKED, key, "", {"model": "mercury-3"}).lane for key in ("diffusion", "diffusion.b"))
    local = replace(one, about={"tokenizer": "0123456789ab"})
    assert not share_tokenizer([one, two]) and not share_tokenizer([one, local])


def test_the_request_is_the_records_own():
    with ByteServer([STREAM, text("Hello"), FINISH, DONE]) as server:
        served_as = replace(find("mercury-2").served, url=server.url)
        source = ServedModel(replace(find("mercury-2"), served=served_as), lambda record: KEY, PATIENT)
        prompt = "User: Hi\nAssistant: Hello\nUser: A table, please"
        list(source.lane(RaceRequest(prompt, length=40), "ar", "", {}).frames)
        said, body = server.heads[0].lower(), server.bodies[0]
    assert (body["diffusing"], body["reasoning_effort"], body["max_tokens"]) == (True, "instant", 40)
    assert "temperature" not in body and "seed" not in body and body["stream_options"] == {"include_usage": True}
    assert [turn["role"] for turn in body["messages"]] == ["user", "assistant", "user"]
    assert "accept-encoding: identity" in said and f"authorization: bearer {KEY}" in said and "cookie" not in said


def test_the_clock_is_that_of_the_request_that_was_answered():
    """A field is refused after half a second; the second request is answered at once."""

    def answer(number, body):
        return [0.5, *refusal("400 Bad Request", {"error": "no stream_options"})] if number == 0 else BEGUN

    BEGUN = [STREAM, text("Hello"), FINISH, DONE]
    with ByteServer(answer) as server:
        start = time.perf_counter()
        trace, fault = run_lane(server.url)
        whole = 1000 * (time.perf_counter() - start)
        assert not fault and len(server.bodies) == 2
        assert trace.frames[-1].t_ms < whole - 500, "the half second of the refusal is not in it"


def test_the_clock_starts_once_the_connection_stands(monkeypatch):
    """The name of the server is looked up for half a second."""
    look_up = socket.getaddrinfo

    def slow(host, *given, **named):
        time.sleep(0.5 if host in ("localhost", b"localhost") else 0)
        return look_up("127.0.0.1", *given, **named)

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    with ByteServer([STREAM, text("Hello"), 0.05, FINISH, DONE]) as server:
        trace, fault = run_lane(server.url.replace("127.0.0.1", "localhost"))
    connect = trace.lanes[0].about["remote"]["connect_ms"]
    assert not fault and connect >= 500
    assert 50 <= trace.frames[-1].t_ms < connect, "the half second is told apart"


@pytest.mark.parametrize(
    "model, told", [("/home/a/private/twin", "twin"), ("C:\\models\\twin", "twin"), ("a/b", "a/b")]
)
def test_a_server_of_ones_own_may_call_its_model_by_a_folder_that_no_file_tells(monkeypatch, model, told):
    with ByteServer([STREAM, text("Hello"), FINISH, DONE]) as server:
        monkeypatch.setenv("PLAYGROUND_SERVER_LAB_URL", server.url)
        monkeypatch.setenv("PLAYGROUND_SERVER_LAB_MODEL", model)
        run = ServedModel(find("server-lab"), limits=PATIENT).lane(ASKED, "ar", "", {})
        assert list(run.frames) and server.bodies[0]["model"] == model
    assert run.lane.about["remote"]["model"] == told and find("server-lab").title == told.rpartition("/")[2]


def test_where_nobody_listens_a_lane_says_so():
    with ByteServer([]) as server:
        pass
    assert "Made Up cannot be reached" in run_lane(server.url)[1]


def test_a_key_that_no_header_can_hold_is_a_sentence_without_it():
    with ByteServer([STREAM, text("Hello"), FINISH, DONE]) as server:
        for key in ("sk-canary\nX-Other: 1", "sk-“canary”", "sk canary"):
            run = ServedModel(served(server.url), lambda record, key=key: key, PATIENT).lane(ASKED, "ar", "", {})
            with pytest.raises(PlaygroundError, match="characters that no key has") as caught:
                list(run.frames)
            assert "canary" not in str(caught.value)
        assert not server.bodies


def complains(*complaints):
    """A server that refuses one request with each complaint, and then answers."""
    told = [refusal("422 Unprocessable", complaint) for complaint in complaints]
    return lambda number, body: told[number] if number < len(told) else [STREAM, text("Hello"), FINISH, DONE]


LOC = {
    "detail": [{"type": "extra_forbidden", "loc": ["body", "stream_options"], "msg": "Extra inputs are not permitted"}]
}
PARAM = {"error": {"message": "Unsupported value", "param": "temperature", "code": "unsupported_value"}}
LIMIT = {"error": {"message": "Use max_completion_tokens", "param": "max_tokens"}}


@pytest.mark.parametrize("said, left", [(LOC, "stream_options"), (PARAM, "temperature"), (LIMIT, "max_tokens")])
def test_a_refused_field_is_known_however_the_refusal_names_it(said, left):
    with ByteServer(complains(said)) as server:
        trace, fault = run_lane(server.url)
    assert not fault and left in server.bodies[0] and left not in server.bodies[1]
    assert f"Its server refused {left}, so it was asked again" in note_of(trace.lanes[0])


def test_three_fields_may_be_refused_one_after_another():
    with ByteServer(complains(LIMIT, PARAM, LOC)) as server:
        trace, fault = run_lane(server.url)
    assert not fault and "refused max_tokens, temperature and stream_options" in note_of(trace.lanes[0])
    assert server.bodies[-1]["max_completion_tokens"] == 16


def test_what_is_refused_again_and_again_is_final():
    with ByteServer(lambda number, body: refusal("400 Bad Request", {"error": "stream_options, max_tokens"})) as server:
        _, fault = run_lane(server.url)
        assert "refused the request" in fault and len(server.bodies) == 3


def test_a_server_that_refuses_everything_is_asked_four_times_at_most():
    names = ("temperature", "stream_options", "max_tokens", "max_completion_tokens")
    with ByteServer(lambda number, body: refusal("400 Bad Request", {"error": ", ".join(names)})) as server:
        _, fault = run_lane(server.url)
        assert "refused the request" in fault and len(server.bodies) <= 4


def test_no_proxy_and_no_redirect_takes_the_prompt_elsewhere(monkeypatch):
    with ByteServer([STREAM, text("stolen"), FINISH, DONE]) as thief:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, thief.url)
        moved = head(
            "308 Permanent Redirect", "text/plain", f"Location: {thief.url}/chat/completions", "Content-Length: 0"
        )
        with ByteServer([moved]) as server:
            _, fault = run_lane(server.url)
        assert "never followed" in fault and not thief.bodies and len(server.bodies) == 1


@pytest.mark.parametrize("answer", [[HANG], [STREAM, text("Hello"), HANG]], ids=["before the head", "in the reply"])
def test_a_stop_from_another_thread_ends_a_silent_lane_at_once(answer):
    with ByteServer(answer) as server:
        run = ServedModel(served(server.url), lambda record: KEY, PATIENT).lane(ASKED, "ar", "", {})
        frames, seen, over = run.frames, [], threading.Event()

        def read():
            seen.extend(frames)
            over.set()

        threading.Thread(target=read, daemon=True).start()
        while not server.bodies:
            over.wait(0.01)
        run.stop()
        assert over.wait(5), "the reader is let go"
        assert server.gone.wait(5), "and so is the server"
        assert all(frame.phase != "final" for frame in seen)


def test_closing_the_frames_lets_the_server_go():
    with ByteServer([STREAM, text("Hello"), HANG]) as server:
        frames = ServedModel(served(server.url), lambda record: KEY, PATIENT).lane(ASKED, "ar", "", {}).frames
        assert [next(frames).i, next(frames).i] == [0, 1]
        frames.close()
        assert server.gone.wait(5)
        assert not [thread for thread in threading.enumerate() if thread.name == "served model" and thread.join(5)]


def test_a_lane_that_was_stopped_before_it_began_sends_nothing():
    with ByteServer([STREAM, text("Hello"), FINISH, DONE]) as server:
        run = ServedModel(served(server.url), lambda record: KEY, PATIENT).lane(ASKED, "ar", "", {})
        run.stop()
        assert [frame.i for frame in run.frames] == [0] and not server.bodies


@pytest.mark.parametrize(
    "answer",
    [[STREAM, text("Hello"), FINISH, DONE], refusal("401 Unauthorized", {"error": KEY})],
    ids=["success", "401"],
)
def test_no_object_keeps_the_key(answer):
    with ByteServer(answer) as server:
        source = ServedModel(served(server.url), lambda record: KEY[:3] + KEY[3:], PATIENT)
        run = source.lane(ASKED, "ar", "", {})
        with suppress(PlaygroundError):
            list(run.frames)
    for thread in threading.enumerate():
        if thread.name == "served model":
            thread.join(5)
    gc.collect()
    assert not [type(one) for one in gc.get_objects() if _holds(one)]


def _holds(one):
    """Whether an object holds a key: a container, or one of the client's or ours by its attributes."""
    if str(type(one).__module__).partition(".")[0] in ("httpx2", "httpcore2", "h11", "playground"):
        one = getattr(one, "__dict__", {})
    if type(one) not in (dict, list, tuple) or (type(one) is dict and "__name__" in one):
        return False
    secrets = {KEY, f"Bearer {KEY}", KEY.encode(), f"Bearer {KEY}".encode()}
    return any(
        type(value) in (str, bytes) and value in secrets for value in (one.values() if type(one) is dict else one)
    )


@pytest.mark.parametrize(
    "body",
    [
        {"error": {"message": f"Incorrect API key provided: {KEY}"}},
        {"error": {"message": f"Incorrect API key provided: {KEY[:14]}****"}},
        {"error": {"message": "Incorrect API key provided: sk-proj-ABCDEFGH12345678, or Bearer abc.def"}},
        f"<html><script>{KEY}</script></html>".encode(),
        {"error": {"message": "Wrong\x1b[31m \u202e" + "very " * 100 + KEY}},
    ],
)
def test_what_a_server_says_is_quoted_to_the_owner_of_the_key_and_never_holds_one(body):
    with ByteServer(refusal("401 Unauthorized", body)) as server:
        _, quoted = run_lane(server.url, quotes=True)
        _, plain = run_lane(server.url)
    assert "It said" not in plain
    assert not any(KEY[at : at + 8] in quoted for at in range(len(KEY) - 7)) and "ABCDEFGH" not in quoted
    assert "abc.def" not in quoted and "<" not in quoted and "\x1b" not in quoted and "\u202e" not in quoted
    assert len(quoted) - len(plain) <= 200 + len(" It said: “”")
    assert isinstance(body, bytes) or "It said" in quoted


def test_a_retired_model_is_never_asked_and_a_missing_key_is_named(monkeypatch):
    for record in catalog().values():
        if record.served and record.served.state == "gone":
            with pytest.raises(PlaygroundError, match=r"is not served any more.*Race .* in its place"):
                ServedModel(record, lambda record: KEY).lane(ASKED, "ar", "", {})
    monkeypatch.delenv("INCEPTION_API_KEY", raising=False)
    with pytest.raises(PlaygroundError, match=r"Mercury 3 needs a key of Inception\. Set INCEPTION_API_KEY"):
        ServedModel(find("mercury-3"), host_key).lane(ASKED, "ar", "", {})
