"""The page and its stream through a real nginx: below a path, and with the buffering that nginx has by default."""

import json
import re
import time
import urllib.parse

import httpx
import pytest
from gradio_client import Client

from fakes import BlockingEngine, FakeEngine, record
from fronting import in_front  # noqa: F401 - a fixture
from playground.stream import messages as stream
from serving import served

pytestmark = pytest.mark.long


LEFT_ON = "location /play { proxy_pass http://127.0.0.1:7860; proxy_set_header Host $http_host; }"
TAKEN_OFF = "location /play/ { proxy_pass http://127.0.0.1:7860/; proxy_set_header Host $http_host; }"
DEAF = TAKEN_OFF.replace("; }", "; proxy_ignore_headers X-Accel-Buffering; }")  # as proxies that do not know the header
SHORT = {"prompt": "I need a dentist", "length": 16, "steps": 4, "api_name": "/race"}


def kinds(job):
    return [json.loads(message)["kind"] for message in job.outputs()]


@pytest.mark.parametrize("location", [None, LEFT_ON, TAKEN_OFF])
def test_a_run_below_a_path(in_front, location):
    with served(FakeEngine(), [record()], root_path="/play") as page, in_front(page, location) as address:
        client = Client(f"{address}/play/", verbose=False)
        assert json.loads(client.submit(**SHORT).result(timeout=60))["ended"] == "done"
        text = httpx.get(f"{address}/play/").text
        for name in set(re.findall(r'(?:src|href)="\./([^"]+)"', text)):
            assert httpx.get(urllib.parse.urljoin(f"{address}/play/", name)).status_code == 200, name


def held(page, engine):
    """Two visitors past the proxy: one holds the device, for a minute at most, one waits."""
    first = None
    for kind in ("frames", "wait"):
        job = Client(page, verbose=False).submit(**{**SHORT, "prompt": "please block"})
        while kind not in kinds(job):
            assert not job.done()
            time.sleep(0.02)
        first = first or job
    return first


def test_a_message_gets_through_default_buffering_by_itself(in_front, monkeypatch):
    """No other message comes to push it through, and the stream does not end."""
    monkeypatch.setattr(stream, "PULSE_S", 600)
    engine = BlockingEngine()
    with served(engine) as page, in_front(page, DEAF) as address:
        first = held(page, engine)
        job = Client(f"{address}/play/", verbose=False).submit(**SHORT)
        assert json.loads(next(iter(job)))["kind"] == "start"
        assert not first.done(), "it came only when the device was free"
        engine.release.set()


def test_who_waits_hears_of_it_through_default_buffering(in_front):
    engine = BlockingEngine()
    with served(engine) as page, in_front(page, DEAF) as address:
        first = held(page, engine)
        job = Client(f"{address}/play/", verbose=False).submit(**SHORT)
        said = iter(job)
        heard = [json.loads(next(said)) for _ in range(4)]
        assert [message["kind"] for message in heard] == ["start", "wait", "wait", "wait"] and heard[-1]["ahead"] == 2
        assert not first.done()
        engine.release.set()
        assert json.loads(job.result(timeout=60))["ended"] == "done"
