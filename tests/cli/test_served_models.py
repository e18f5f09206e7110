"""``models`` and ``models check`` for models on servers."""

import json

import pytest

from byte_server import DONE, FINISH, HANG, STREAM, USAGE, ByteServer, chunk, refusal, snapshot, text
from playground import __main__ as cli
from playground.trace.trace import Trace

KEY = "sk-canary-0123456789"


@pytest.fixture
def lab(monkeypatch, tmp_path):
    """Makes a record of a server: Inception's, at another address, under the key lab."""

    def make(url):
        own = tmp_path / "own.json"
        own.write_text(
            json.dumps({"lab": {"like": "mercury-3", "title": "Lab", "served": {"url": url, "model": "made-up"}}})
        )
        monkeypatch.setenv("PLAYGROUND_CATALOG", str(own))
        monkeypatch.setenv("INCEPTION_API_KEY", KEY)

    yield make
    from playground.catalog import catalog

    catalog._catalog.cache_clear()


def said(capsys, *command):
    code = cli.main(["models", *command])
    out, err = capsys.readouterr()
    assert KEY not in out + err and "Traceback" not in err
    return code, out + err


def test_a_reply_as_its_record_says_is_fine(lab, capsys):
    with ByteServer([STREAM, snapshot("Wa\x1f\x1f"), snapshot("Waves.", "stop", 1), USAGE, DONE]) as server:
        lab(server.url)
        code, out = said(capsys, "check", "lab")
        assert server.bodies[0]["diffusing"] is True and KEY in server.heads[0]
    assert code == 0 and "Nothing differs" in out and "6 characters in 2 snapshots" in out
    assert "completion_tokens 7" in out and "finished with 'stop'" in out


def test_what_differs_is_listed(lab, capsys):
    def answer(number, body):
        if "reasoning_effort" in body:
            return refusal("400 Bad Request", {"error": {"message": "Unknown field reasoning_effort"}})
        return [STREAM, text("Waves.", "stop", model="other-7b"), DONE]

    with ByteServer(answer) as server:
        lab(server.url)
        code, out = said(capsys, "check", "lab")
    assert code == 1 and out.count("differs:") == 4
    assert "refuses the field 'reasoning_effort'" in out and "says snapshots" in out
    assert "The record calls it 'made-up', and it calls itself 'other-7b'" in out
    assert "asks for usage, and none came" in out


@pytest.mark.parametrize("name", ["made-up-2024-07-18", "made-up-20260101", "org/made-up"])
def test_a_name_with_an_owner_or_the_date_of_a_version_is_the_same_model(lab, capsys, name):
    usage = {"prompt_tokens": 5, "completion_tokens": 7}
    last = chunk({"content": "Waves."}, "stop", diffusion_meta={}, model=name, usage=usage)
    with ByteServer([STREAM, last, DONE]) as server:
        lab(server.url)
        code, out = said(capsys, "check", "lab")
    assert code == 0 and f"calls itself '{name}'" in out


def test_a_refusal_is_a_sentence_that_quotes_the_server_without_the_key(lab, capsys):
    with ByteServer(
        refusal("401 Unauthorized", {"error": {"message": f"Incorrect API key: {KEY}. See the console."}})
    ) as server:
        lab(server.url)
        code, out = said(capsys, "check", "lab")
    assert code == 2 and "does not accept the key" in out and "See the console" in out


def test_a_missing_key_is_named_and_nothing_is_sent(lab, capsys, monkeypatch):
    with ByteServer([HANG]) as server:
        lab(server.url)
        monkeypatch.delenv("INCEPTION_API_KEY")
        code, out = said(capsys, "check", "lab")
        assert code == 2 and "Set INCEPTION_API_KEY" in out and not server.bodies


def test_a_retired_model_and_a_local_one_without_a_folder_are_sentences(capsys):
    assert "Race mercury-3 in its place" in said(capsys, "check", "mercury-coder")[1]
    assert "with --path FOLDER" in said(capsys, "check", "llada-8b-instruct")[1]


def test_a_hosts_own_server_needs_no_key(capsys, monkeypatch):
    with ByteServer([STREAM, text("Waves."), FINISH, USAGE, DONE]) as server:
        monkeypatch.setenv("PLAYGROUND_SERVER_LAB_URL", server.url)
        monkeypatch.setenv("PLAYGROUND_SERVER_LAB_MODEL", "made-up")
        code, out = said(capsys, "check", "server-lab")
        assert code == 0 and "Nothing differs" in out and "authorization" not in server.heads[0].lower()


def test_the_list_says_what_a_served_model_lacks(capsys, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.setenv("INCEPTION_API_KEY", KEY)
    lines = {line.split()[0]: line for line in said(capsys)[1].splitlines() if line.strip()}
    assert "until 2027-01-14, needs OPENAI_API_KEY (as of 2026-" in lines["gpt-4o-mini"]
    assert "needs" not in lines["mercury-3"] and "on a server" in lines["mercury-3"]
    assert "gone since 2026-06-01; now gemini-3-flash-preview" in lines["gemini-2.0-flash-lite"]


def test_a_twin_races_a_server_of_the_hosts_own(monkeypatch, tmp_path, capsys):
    """From the environment to a lane: nobody writes code for it."""
    words = [
        chunk({"role": "assistant"}),
        chunk({"content": "Hello"}),
        chunk({"content": " there!"}),
        chunk({}, "stop"),
    ]
    kept = tmp_path / "run.json"
    with ByteServer([STREAM, *words, USAGE, DONE]) as server:
        for name, value in {"URL": server.url, "MODEL": "m", "KIND": "ar"}.items():
            monkeypatch.setenv(f"PLAYGROUND_SERVER_LOCAL_{name}", value)
        asked = ["race", "Hello", "--ar", "server-local", "--length", "16", "--steps", "8", "--device", "cpu"]
        assert cli.main([*asked, "--json", str(kept)]) == 0
    trace = Trace.loads(kept.read_text())
    served = trace.lane("ar")
    assert served.about["remote"]["unit"] == "chunks" and trace.text("ar") == "Hello there!"
    assert trace.text("diffusion") and set(trace.verdict["lanes"]) == {"diffusion", "ar"}
    said = capsys.readouterr().out
    assert "two clocks, so no factor is given" in " ".join(said.split())
    assert "Hello there!" in said and "HelloHello" not in said  # question and answer stand apart
    assert server.url not in kept.read_text() and "127.0.0.1" not in said


@pytest.mark.parametrize("option", [["--path", "/tmp"], ["--expect", "logits.npz"]])
def test_what_only_a_folder_needs_is_refused_for_a_server(option, lab, capsys):
    with ByteServer([STREAM, DONE]) as server:
        lab(server.url)
        code, out = said(capsys, "check", "lab", *option)
    assert code == 2 and f"leave {option[0]} out" in out and not server.bodies


def test_a_race_whose_lanes_all_fail_says_why_and_was_not_stopped(monkeypatch, tmp_path, capsys):
    kept = tmp_path / "run.json"
    with ByteServer(refusal("500 Internal Server Error", {"error": {"message": "out of memory"}})) as server:
        for name, value in {"URL": server.url, "MODEL": "m"}.items():
            monkeypatch.setenv(f"PLAYGROUND_SERVER_LOCAL_{name}", value)
        code = cli.main(["race", "Hello", "--lanes", '[{"model": "server-local"}]', "--json", str(kept)])
    trace, error = Trace.loads(kept.read_text()), capsys.readouterr().err
    assert trace.ended == "error" and code == 2
    assert trace.run["faults"]["ar"] in error and f"The run so far is in {kept}." in error and "Stopped" not in error
