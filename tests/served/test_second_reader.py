"""OpenAI's own client reads our made-up servers as the lane does: the fakes speak the protocol, not our idea of it."""

import pytest

from byte_server import DONE, FINISH, STREAM, USAGE, ByteServer, chunk, snapshot, text
from test_reader import run_lane

openai = pytest.importorskip("openai", reason="openai is not installed")

PLAIN = [STREAM, chunk({"role": "assistant", "content": None}), text("Hello"), text(" there"), FINISH, USAGE, DONE]
SNAPSHOTS = [STREAM, snapshot("He\x1f\x1f"), snapshot("Hello", "stop", 1), chunk({}, "stop"), USAGE, DONE]


def read(url):
    """The contents of all chunks, the last finish reason and the usage, as the client gives them."""
    client = openai.OpenAI(base_url=url, api_key="sk-made-up", max_retries=0)
    contents, finish, usage = [], None, None
    for one in client.chat.completions.create(model="made-up", messages=[], stream=True):
        usage = one.usage or usage
        for choice in one.choices:
            contents.append(choice.delta.content)
            finish = choice.finish_reason or finish
    client.close()
    return [content for content in contents if content], finish, usage


def test_both_readers_agree_on_a_stream_that_appends():
    with ByteServer(PLAIN) as server:
        contents, finish, usage = read(server.url)
        trace, fault = run_lane(server.url)
    remote = trace.lanes[0].about["remote"]
    assert not fault and trace.text("ar") == "".join(contents) == "Hello there"
    assert (remote["finish"], remote["arrivals"]) == (finish, len(contents))
    assert remote["usage"]["completion_tokens"] == usage.completion_tokens


def test_both_readers_agree_on_snapshots():
    with ByteServer(SNAPSHOTS) as server:
        contents, finish, _ = read(server.url)
        trace, fault = run_lane(server.url)
    assert not fault and finish == "stop" and len(contents) == 2
    assert [trace.text("ar", i) for i in (1, 2)] == [content.replace("\x1f", "░") for content in contents]
