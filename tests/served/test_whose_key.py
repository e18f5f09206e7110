"""Whose key a call takes, and where it may go."""

import json
from dataclasses import replace

import pytest

from byte_server import served
from playground.catalog.catalog import catalog, find
from playground.errors import PlaygroundError
from playground.served.clean import quoted, without
from playground.served.keys import NO_KEYS, Keys, given_keys, key_of, provider, providers

OWN, HOSTS = "canary-own-0123456789", "canary-host-0123456789"
RECORD = served("https://api.example/v1")
SERVER = served("http://192.0.2.1/v1", maker="")
HOST = {"MADE_UP_KEY": HOSTS}
OF_VISITOR = Keys({"MADE_UP_KEY": OWN}, host="none")


def refused(record, keys, environ):
    with pytest.raises(PlaygroundError) as error:
        key_of(record, keys, environ)
    assert "canary" not in str(error.value)
    return str(error.value)


def test_a_visitors_key_comes_before_the_hosts_and_only_its_owner_reads_what_the_server_says():
    own = key_of(RECORD, OF_VISITOR, HOST)
    assert (own.text, own.quotes) == (OWN, True) and "you typed" in own.advice
    lent = key_of(RECORD, Keys(host="lent"), HOST)
    assert (lent.text, lent.quotes) == (HOSTS, False) and "host must" in lent.advice
    terminal = key_of(RECORD, NO_KEYS, HOST)
    assert (terminal.text, terminal.advice) == (HOSTS, "Set MADE_UP_KEY to a valid key.")


def test_the_hosts_key_is_not_for_a_run_that_does_not_get_it():
    assert "Settings" in refused(RECORD, Keys(host="none"), HOST)
    assert "Settings" not in refused(RECORD, Keys(host="none", fields=False), HOST)
    assert "Set MADE_UP_KEY" in refused(RECORD, NO_KEYS, {})
    assert key_of(SERVER, Keys(host="none"), HOST).text == "", "a server of the host's own may want none"


def test_no_repr_shows_a_key():
    keys = Keys({"MADE_UP_KEY": OWN})
    assert "canary" not in f"{keys} {keys!r} {[keys]} {key_of(RECORD, keys, {})!r}"


@pytest.mark.parametrize(
    "data", [[OWN], OWN, {"MADE_UP_KEY": [OWN]}, {"MADE_UP_KEY": f"{OWN}\nX-Other: 1"}, {"MADE_UP_KEY": "short"}, 5]
)
def test_what_is_no_key_is_refused_and_not_repeated(data):
    keys = given_keys(data, [RECORD])
    assert not keys
    refused(RECORD, keys, HOST)


def test_keys_are_for_providers_of_records_never_for_an_address():
    data = {"https://evil.example/v1": OWN, "url": OWN, "MADE_UP_KEY": f" {OWN} "}
    assert dict(given_keys(data, [RECORD, SERVER])) == {"MADE_UP_KEY": OWN}
    assert not given_keys(data, [SERVER]), "a server of the host's own takes no visitor's key"
    assert given_keys(None, [RECORD]).host == given_keys(data, [RECORD]).host == "none"


def test_every_provider_that_ships_has_one_address():
    of = {}
    for record in catalog().values():
        if record.served and record.served.url:
            of.setdefault(provider(record), set()).add(record.served.url)
    assert of and all(len(urls) == 1 and next(iter(urls)).startswith("https://") for urls in of.values())
    assert set(providers(catalog().values())) == set(of)


def test_a_key_does_not_follow_an_address_that_the_environment_changed(tmp_path, monkeypatch):
    own = tmp_path / "own.json"
    there = {"like": "mercury-3", "served": {"url": "https://elsewhere.example/v1"}}
    with_own = {**there, "served": {**there["served"], "key_variable": "ELSEWHERE_KEY"}}
    own.write_text(json.dumps({"moved": there, "mine": with_own}))
    monkeypatch.setenv("PLAYGROUND_CATALOG", str(own))
    environ = {"INCEPTION_API_KEY": HOSTS, "ELSEWHERE_KEY": OWN}
    assert key_of(find("mercury-3"), NO_KEYS, environ).text == HOSTS
    assert "INCEPTION_API_KEY is the key for Inception" in refused(find("moved"), NO_KEYS, environ)
    refused(find("moved"), Keys({"INCEPTION_API_KEY": OWN}), {})
    assert key_of(find("mine"), NO_KEYS, environ).text == OWN


def test_a_visitors_key_is_sent_in_clear_to_this_machine_only():
    clear = served("http://api.example/v1")
    assert "over https" in refused(clear, OF_VISITOR, {})
    assert key_of(replace(clear, served=replace(clear.served, url="http://127.0.0.1:1/v1")), OF_VISITOR, {}).text == OWN


@pytest.mark.parametrize(
    "said",
    [
        f"Incorrect API key provided: {OWN}.",
        f"key {OWN[:12]}... is not known",
        f"Bearer {OWN}",
        f"{OWN}{OWN}",
        "sk-other-key-of-somebody is wrong",
        "AIzaSyOfSomebodyElse0123 is wrong",
        "Authorization: bearer abc.def.ghi",
    ],
)
def test_words_of_a_server_hold_no_key(said):
    clean = quoted(said, OWN)
    assert "[key]" in clean and "canary" not in clean and "Somebody" not in clean and "abc" not in clean
    assert all(OWN[at : at + 8] not in clean for at in range(len(OWN) - 7))


def test_words_without_a_key_stay():
    assert without("The model is overloaded. Try again.", [OWN, "", "x" * 3]) == "The model is overloaded. Try again."
    assert quoted("a\x00b\x1b[31m " + "long " * 100, OWN).startswith("a░b░[31m long") and len(quoted("y" * 999)) == 200
