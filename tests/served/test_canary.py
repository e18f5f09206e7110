"""Keys through success and every failure: nothing that is sent, written or printed holds one, and no object keeps one.

A page with a model on a server is asked as a program asks it. The server repeats the key in every way it can.
"""

import gc
import json
import logging
import re
import tempfile
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import pytest
import torch

from byte_server import CUT, DONE, FINISH, HANG, STREAM, USAGE, ByteServer, chunk, event, head, refusal, text
from byte_server import served as record_at
from page_client import Client
from playground.engine.served_model import ServedModel
from playground.engine.twins import Twins
from playground.export.gif import to_gif
from playground.export.html import to_html
from playground.served.budgets import Bounds, Budgets
from playground.served.limits import Limits
from playground.trace.trace import Trace
from serving import served

HOSTS = "sk-canary-host-4b1f0e9d8c7a6b5"
LANES = '[{"model": "made-up"}]'
BOTH = '[{"model": "twin-diffusion"}, {"model": "made-up"}]'
ASKED = {"prompt": "Hi there", "length": 16, "steps": 2, "lanes": LANES}
BRIEF = Limits(silence=0.4, closing=0.2, total=1.5)


def own_key():
    return f"sk-canary-own-{uuid.uuid4().hex}"


def holds(where, key):
    """A part of a key in a text."""
    return next((key[at : at + 10] for at in range(10, len(key) - 9) if key[at : at + 10] in where), None)


def said(message):
    """An error of a provider that holds the key."""
    return {"error": {"message": message, "type": "invalid_request_error", "code": "invalid_api_key"}}


ANSWERS = {  # what the server answers a request with this key
    "success": lambda key: [STREAM, text("Hello"), text(" there"), FINISH, USAGE, DONE],
    "401 that repeats it": lambda key: refusal("401 Unauthorized", said(f"Incorrect API key provided: {key}.")),
    "401 with a part": lambda key: refusal("401 Unauthorized", said(f"Incorrect key {key[:-4]}****")),
    "403 as text": lambda key: refusal("403 Forbidden", f"Bearer {key} may not".encode(), "text/plain"),
    "429 as a page": lambda key: refusal("429 Too Many", f"<html>{key}</html>".encode(), "text/html"),
    "500 as a list": lambda key: refusal("500 Oh", [said(f"Authorization: Bearer {key}")]),
    "error in the stream": lambda key: [STREAM, text("Hel"), event(said(f"{key} was revoked"))],
    "error event": lambda key: [STREAM, f"event: error\ndata: {key}\n\n".encode()],
    "no stream": lambda key: refusal("200 OK", said(key)),
    "page": lambda key: refusal("200 OK", f"<html>{key}</html>".encode(), "text/html"),
    "redirect": lambda key: [head("302 Found", "", f"Location: http://127.0.0.1:9/?key={key}", "Content-Length: 0")],
    "reason": lambda key: [head(f"401 {key}", "application/json", f"X-Key: {key}", "Content-Length: 2"), b"{}"],
    "repeated as text": lambda key: [STREAM, text("Error: "), text(key), FINISH, DONE],
    "repeated letter by letter": lambda key: [STREAM, *map(text, key), FINISH, DONE],
    "finish": lambda key: [STREAM, text("Hi"), chunk({}, key), DONE],
    "names": lambda key: [STREAM, chunk({"content": "Hi", key: key}, None, **{key: key}), FINISH, DONE],
    "cut": lambda key: [STREAM, text("Hello"), CUT],
    "silence": lambda key: [STREAM, text("Hello"), HANG],
    "refused field": lambda key: refusal("400 Bad", said(f"temperature is not supported for {key}")),
}


class Page:
    """A page whose model on a server answers as a test wants."""

    def __init__(self, tiny, folder):
        self.answer = ANSWERS["success"]
        self.server = ByteServer(lambda number, body: self.answer(self.sent(number)))
        self.folder, self.tiny = folder, tiny

    def sent(self, number=-1):
        """The key that a request came with."""
        found = re.search(r"^authorization: bearer (\S+)", self.server.heads[number], re.I | re.M)
        return found[1] if found else ""


@pytest.fixture(scope="module")
def page(tiny, tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    page = Page(tiny, folder)
    with pytest.MonkeyPatch.context() as patch, page.server:
        patch.setenv("MADE_UP_KEY", HOSTS)
        patch.setenv("GRADIO_TEMP_DIR", str(folder / "gradio"))
        patch.setenv("TMPDIR", str(folder))
        patch.setattr(tempfile, "tempdir", str(folder))
        source = ServedModel(record_at(page.server.url), limits=BRIEF)
        engine = Twins(tiny.diffusion, tiny.ar, torch.device("cpu"), tiny.thread, source)
        page.budgets = Budgets(Bounds(1000, 1000, 100_000, 512))
        with served(engine, budgets=page.budgets) as page.address:
            yield page


def trace_of(messages):
    """The trace that a page makes of the messages of a run."""
    lanes = next(message for message in messages if message["kind"] == "lanes")
    frames = [frame for message in messages if message["kind"] == "frames" for frame in message["frames"]]
    end = messages[-1] if messages[-1]["kind"] == "end" else {}
    data = {"version": lanes["version"], "run": lanes["run"], "lanes": lanes["lanes"], "frames": frames}
    return Trace.from_json({**data, "verdict": end.get("verdict"), "ended": end.get("ended")})


def files(folder):
    return "".join(path.read_bytes().decode("latin-1") for path in Path(folder).rglob("*") if path.is_file())


@pytest.mark.parametrize("whose", ["visitor's", "host's"])
def test_nothing_that_is_sent_written_or_printed_holds_a_key(page, whose, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    client, key = Client(page.address), own_key() if whose == "visitor's" else HOSTS
    for name, answer in ANSWERS.items():
        page.answer = answer
        messages = client.run(ASKED, {"MADE_UP_KEY": key} if whose == "visitor's" else None)
        assert page.sent() == key, "it was asked with the key"
        assert messages[-1]["kind"] == "end", name
        trace = trace_of(messages)
        made = "".join([*to_html(trace), trace.dumps(), json.dumps(messages)])
        assert not holds(made, key), name
        assert whose == "visitor's" or "It said" not in made, "the host's errors are not the visitor's to read"
    link = client.take(client.http.get("/gradio_api/deep_link", params={"session_hash": client.session}))
    for path in ("/config", "/gradio_api/info", f"/?deep_link={link.json()}", "/?key=x"):
        client.take(client.http.get(path))
    out, err = capfd.readouterr()
    everything = "\n".join([*client.read, out, err, caplog.text, files(page.folder)])
    assert link.json() and "Hi there" in everything, "the deep link was written and read"
    assert not holds(everything, key) and not holds(everything, HOSTS)


def test_an_error_that_repeats_what_was_typed_does_not_tell_what_is_in_the_hosts_key(page):
    """A page that hides a part of the key in such a sentence answers, guess by guess, what the key is."""
    client = Client(page.address)
    for typed in (HOSTS[:10], HOSTS[9:21], HOSTS[-8:]):
        for wrong in ({"length": typed}, {"commit": typed}, {"lanes": json.dumps([{"model": typed}])}):
            assert typed in client.run({**ASKED, **wrong})[-1]["message"], wrong


def test_no_object_keeps_a_key(page):
    keys = [own_key() for _ in range(2)]
    client = Client(page.address)
    for key, name in zip(keys, ("success", "401 that repeats it"), strict=True):
        page.answer = ANSWERS[name]
        client.run({**ASKED, "lanes": BOTH}, {"MADE_UP_KEY": key})
        assert page.sent() == key
    page.server.heads[:] = [""] * len(page.server.heads)  # it keeps them for tests
    del client
    found: list[str] = []
    for _ in range(20):  # the server lets go of a request a moment after its answer
        found = []  # what it quotes is not to be found
        gc.collect()
        found = [
            str(one)[:300]
            for one in gc.get_objects()
            if one is not keys and any(is_in(each, keys) for each in held(one))
        ]
        if not found:
            break
        time.sleep(0.5)
    assert not found


def held(one):
    """What an object refers to, and what the containers that the collector does not list among it hold."""
    for each in gc.get_referents(one):
        yield each
        if type(each) in (dict, tuple) and not gc.is_tracked(each):
            yield from each.values() if type(each) is dict else each


def is_in(each, keys):
    return type(each) in (str, bytes) and any(
        key in (each if type(each) is str else each.decode("latin-1")) for key in keys
    )


def test_an_error_of_ours_is_logged_without_the_key(page, monkeypatch, caplog, capfd):
    key = own_key()

    def begin(call, given):
        raise RuntimeError(f"it broke on {given}")

    monkeypatch.setattr("playground.engine.served_model.Call.begin", begin)
    client = Client(page.address)
    client.run(ASKED, {"MADE_UP_KEY": key})
    out, err = capfd.readouterr()
    everything = "".join([*client.read, out, err, caplog.text])
    assert "RuntimeError" in everything and not holds(everything, key)


def test_pictures_of_a_run_are_made_without_the_key(page):
    page.answer = ANSWERS["success"]
    key = own_key()
    trace = trace_of(Client(page.address).run(ASKED, {"MADE_UP_KEY": key}))
    made = BytesIO()
    to_gif(trace, made)
    assert made.getvalue() and not holds(made.getvalue().decode("latin-1"), key)


@pytest.mark.parametrize("value", [{"url": "http://127.0.0.1:9/v1"}, {"served": {"url": "http://127.0.0.1:9"}}])
def test_an_address_never_comes_from_a_visitor(page, value):
    before = len(page.server.heads)
    client, key = Client(page.address), own_key()
    lanes = json.dumps([{"model": "made-up", **value}])
    answer = client.run({**ASKED, "lanes": lanes}, {"MADE_UP_KEY": key})[-1]
    assert answer["kind"] == "error" and len(page.server.heads) == before
    page.answer = ANSWERS["success"]
    client.run(ASKED, {"MADE_UP_KEY": key, "url": "http://127.0.0.1:9/v1", "http://127.0.0.1:9": key})
    assert page.sent() == key and len(page.server.heads) == before + 1


def test_a_key_comes_over_https_or_from_this_machine(page):
    away = Client(page.address, {"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "http"})
    before, key = len(page.server.heads), own_key()
    refused = away.run(ASKED, {"MADE_UP_KEY": key})[-1]
    assert "plain http" in refused["message"] and len(page.server.heads) == before
    named = Client(page.address, {"Host": "play.example"})
    assert "plain http" in named.run(ASKED, {"MADE_UP_KEY": key})[-1]["message"]
    safe = Client(page.address, {"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "https"})
    page.answer = ANSWERS["success"]
    assert safe.run(ASKED, {"MADE_UP_KEY": key})[-1]["kind"] == "end" and page.sent() == key


def test_a_host_can_turn_visitors_keys_off(page, monkeypatch):
    monkeypatch.setattr(page.budgets, "own_keys", False)
    before = len(page.server.heads)
    refused = Client(page.address).run(ASKED, {"MADE_UP_KEY": own_key()})[-1]
    assert "takes no keys" in refused["message"] and len(page.server.heads) == before


def test_the_hosts_key_is_off_until_its_bounds_are_set(page, monkeypatch):
    monkeypatch.setattr(page.budgets, "bounds", None)
    before = len(page.server.heads)
    refused = Client(page.address).run(ASKED)[-1]
    assert "needs a key of Made Up" in refused["message"] and "recorded run" in refused["message"]
    assert len(page.server.heads) == before


def test_twenty_visitors_at_once_make_no_call_too_many(page, monkeypatch):
    """Each with a session and an address of its own, through the page's own server."""
    monkeypatch.setattr(page.budgets, "bounds", Bounds(hourly=2, daily=5, daily_tokens=9999, call_tokens=99))
    monkeypatch.setattr(page.budgets, "_spent", type(page.budgets._spent)())
    page.answer, before = ANSWERS["success"], len(page.server.heads)
    visitors = [
        Client(page.address, {"X-Forwarded-For": f"192.0.2.{n}", "X-Forwarded-Proto": "https"}) for n in range(20)
    ]
    with ThreadPoolExecutor(20) as pool:
        last = [messages[-1] for messages in pool.map(lambda visitor: visitor.run(ASKED), visitors)]
    assert len(page.server.heads) - before == [message["kind"] for message in last].count("end") <= 5
    refused = {message["message"] for message in last if message["kind"] == "error"}
    assert all(re.search("in a day is spent|at once|under way", one) for one in refused)
