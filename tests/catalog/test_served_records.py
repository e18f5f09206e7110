"""Records of models on servers: those that ship, and those of the host's environment."""

import json
from datetime import date, timedelta

import pytest

from playground.catalog.catalog import catalog, find
from playground.catalog.servers import retired
from playground.errors import PlaygroundError

SERVED = {key: record for key, record in catalog().items() if record.served}


def test_every_served_record_is_whole_and_dated():
    assert {
        "mercury-3",
        "mercury-2.5",
        "mercury-2",
        "gpt-4o-mini",
        "gemini-3-flash-preview",
        "claude-haiku-4.5",
    } <= set(SERVED)
    for key, record in SERVED.items():
        served = record.served
        assert date.fromisoformat(record.checked) and record.source and record.licence, key
        assert served.model and served.maker and served.key_variable.endswith("_KEY"), key
        assert served.url.startswith("https://") or served.state == "gone", key
        assert not served.url.endswith("/") and not record.repo and not record.parameters, key
        assert not served.until or date.fromisoformat(served.until), key
        assert served.state == "live" or served.successor, key
    assert {key for key, record in SERVED.items() if record.served.state == "gone"} == {
        "mercury-coder",
        "gemini-2.0-flash-lite",
        "gemini-diffusion",
    }


def test_a_record_like_another_keeps_how_that_one_is_asked():
    served = find("mercury-2").served
    assert (served.model, served.shape, served.temperatures) == ("mercury-2", "snapshots", (0.5, 1.0))
    assert served.extra == {"diffusing": True, "reasoning_effort": "instant"}


def test_a_model_is_raced_on_its_last_day_and_not_after_it():
    mini = find("gpt-4o-mini")
    last = date.fromisoformat(mini.served.until)
    assert retired(mini, last) == ""
    assert retired(mini, last + timedelta(days=1)) == (
        "GPT-4o mini is not served any more after 2027-01-14. Race gpt-6-luna in its place."
    )
    assert "diffusiongemma-26b-a4b" in retired(find("gemini-diffusion")) and find("diffusiongemma-26b-a4b")


def host(monkeypatch, **values):
    for name, value in values.items():
        monkeypatch.setenv(f"PLAYGROUND_SERVER_{name}", value)


def test_a_hosts_servers_are_records(monkeypatch):
    host(monkeypatch, LAB_URL="http://10.0.0.5:30000/v1/", LAB_MODEL="inclusionAI/LLaDA2.0-mini", LAB_KIND="diffusion")
    host(monkeypatch, LAB_KEY="sk-canary", MY_BOX_URL="https://box.example/v1/chat/completions", MY_BOX_MODEL="llama")
    lab, box = find("server-lab"), find("server-my-box")
    assert (lab.kind, lab.title, lab.served.shape, lab.served.url) == (
        "diffusion",
        "LLaDA2.0-mini",
        "blocks",
        "http://10.0.0.5:30000/v1",
    )
    assert (box.kind, box.served.url, box.served.key_variable) == (
        "ar",
        "https://box.example/v1",
        "PLAYGROUND_SERVER_MY_BOX_KEY",
    )
    assert "canary" not in repr(catalog())


@pytest.mark.parametrize(
    "values, said",
    [
        ({"LAB_URL": "http://a/v1"}, "Set PLAYGROUND_SERVER_LAB_MODEL"),
        ({"LAB_URL": "http://a/v1", "LAB_MODEL": "m", "LAB_KIND": "other"}, "Set it to ar or diffusion"),
        ({"LAB_URL": "file:///etc/passwd", "LAB_MODEL": "m"}, "must be an address"),
        ({"LAB_URL": "http://me:secret@a/v1", "LAB_MODEL": "m"}, "must be an address"),
        ({"LAB_URL": "http://a/v1?key=secret", "LAB_MODEL": "m"}, "must be an address"),
        ({"LAB_URL": "http://[a/v1", "LAB_MODEL": "m"}, "must be an address"),
        ({"LAB_URL": "http://a:99999/v1", "LAB_MODEL": "m"}, "must be an address"),
    ],
)
def test_a_server_that_cannot_be_read_is_a_sentence(monkeypatch, values, said):
    host(monkeypatch, **values)
    with pytest.raises(PlaygroundError, match=said) as caught:
        catalog()
    assert "secret" not in str(caught.value) and "passwd" not in str(caught.value)


def test_a_field_that_no_served_record_has_is_a_sentence(tmp_path, monkeypatch):
    own = tmp_path / "mine.json"
    own.write_text(json.dumps({"mine": {"like": "mercury-3", "served": {"colour": "red"}}}))
    monkeypatch.setenv("PLAYGROUND_CATALOG", str(own))
    with pytest.raises(PlaygroundError, match="has a field 'colour' in served"):
        find("mine")
