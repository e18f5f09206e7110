"""Visitors come and go, and the server holds what it held: sessions, pages and runs leave nothing behind."""

import gc
import http.client
import json
import uuid
from urllib.parse import urlsplit

from fakes import FakeEngine, record
from serving import served


def resident_mb():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096 / 2**20


def ask(address, method, path, body=None):
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
    connection.request(
        method, path, body and json.dumps(body), {"Content-Type": "application/json", "Accept-Encoding": "br"}
    )
    text = connection.getresponse().read().decode("utf-8", "replace")
    connection.close()
    return text


def visit(address, race, settings):
    """One short run of a visitor who was never here."""
    session = uuid.uuid4().hex
    ask(
        address,
        "POST",
        "/gradio_api/queue/join",
        {"data": ["hello", 16, 4, *settings[3:]], "fn_index": race, "session_hash": session},
    )
    assert "verdict" in ask(address, "GET", f"/gradio_api/queue/data?session_hash={session}")


def race_of(address):
    """The number of the function that races, and what the page's controls begin with."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
    connection.request("GET", "/config", headers={"Accept-Encoding": "identity"})
    config = json.loads(connection.getresponse().read())
    race = next(one for one in config["dependencies"] if one["api_name"] == "race")
    starts = {one["id"]: one["props"].get("value") for one in config["components"]}
    return race["id"], [starts[control] for control in race["inputs"]]


def grown_mb(work, times):
    gc.collect()
    before = resident_mb()
    for _ in range(times):
        work()
    gc.collect()
    return resident_mb() - before


def test_runs_of_new_visitors_leave_nothing():
    """Gradio keeps 0.2 MB of each session, 10,000 of them unless it is told otherwise."""
    with served(FakeEngine(), [record()]) as address:
        race, settings = race_of(address)
        grown_mb(lambda: visit(address, race, settings), 60)
        assert grown_mb(lambda: visit(address, race, settings), 120) < 8


def test_strangers_sessions_leave_nothing():
    with served(FakeEngine()) as address:

        def knock():
            ask(
                address,
                "POST",
                "/gradio_api/component_server",
                {"data": "", "component_id": 1, "session_hash": uuid.uuid4().hex, "fn_name": "none"},
            )

        grown_mb(knock, 60)
        assert grown_mb(knock, 300) < 8


def test_pages_that_are_opened_leave_nothing():
    with served(FakeEngine(), [record()]) as address:
        grown_mb(lambda: ask(address, "GET", "/"), 2)
        assert grown_mb(lambda: ask(address, "GET", f"/?prompt={uuid.uuid4().hex}"), 50) < 8
