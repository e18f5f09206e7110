"""The page's server: every kind of address, below a path, with an account, and an end that visitors hear of."""

import json
import socket
import time
import urllib.error
import urllib.request

import httpx
import pytest
from gradio_client import Client
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from asynchronous import run
from fakes import FakeEngine
from playground.server.listening import AddressError, close, listen
from playground.server.server import trusted_proxies
from serving import served


def has_ipv6():
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


needs_ipv6 = pytest.mark.skipif(not has_ipv6(), reason="no IPv6 on this machine")


def page_at(address):
    with urllib.request.urlopen(address, timeout=20) as answer:
        return answer.read().decode()


@pytest.mark.parametrize(
    "host, reached",
    [
        ("127.0.0.1", ("127.0.0.1",)),
        ("0.0.0.0", ("127.0.0.1",)),
        ("localhost", ("127.0.0.1",)),
        pytest.param("::1", ("[::1]",), marks=needs_ipv6),
        pytest.param("[::1]", ("[::1]",), marks=needs_ipv6),
        pytest.param("::", ("[::1]", "127.0.0.1"), marks=needs_ipv6),
    ],
)
def test_listens_on_every_kind_of_address(host, reached):
    with served(FakeEngine(), host=host) as address:
        assert "Diffusion playground" in page_at(address)
        for name in reached:
            assert "Diffusion playground" in page_at(f"http://{name}:{address.rpartition(':')[2]}/")


@needs_ipv6
def test_a_port_that_one_kind_of_address_holds_is_free_on_the_other():
    with socket.create_server(("127.0.0.1", 0)) as holder:
        close(listen("::1", holder.getsockname()[1]))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0.0.0.0"])
def test_a_port_in_use_is_said(host):
    with (
        socket.create_server(("127.0.0.1", 0)) as holder,
        pytest.raises(AddressError, match="another program holds it"),
    ):
        listen(host, holder.getsockname()[1])


def test_a_port_without_permission_is_said(monkeypatch):
    def forbidden(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket, "create_server", forbidden)
    with pytest.raises(AddressError, match="1024 or above"):
        listen("127.0.0.1", 80)


def test_nobody_is_asked_for_the_page_at_the_start(monkeypatch):
    """A probe of its own address fails through a company's proxy, and on a busy machine."""
    asked = []
    monkeypatch.setattr(httpx, "get", lambda url, **_: asked.append(url))
    monkeypatch.setattr(httpx, "head", lambda url, **_: asked.append(url))
    with served(FakeEngine()) as address:
        assert "Diffusion playground" in page_at(address)
    assert not asked


@pytest.mark.parametrize("path", ["", "/play", "/play/"])
def test_a_root_path_is_served_with_and_without_itself(path):
    """So a proxy may strip it or not, and the page can be opened past the proxy."""
    with served(FakeEngine(), root_path="/play") as address:
        assert "/play" in json.loads(page_at(f"{address}{path.rstrip('/')}/config"))["root"]
        assert "Diffusion playground" in page_at(f"{address}{path}")
        with pytest.raises(urllib.error.HTTPError, match="404"):
            page_at(f"{address}/playground")


def test_the_end_is_told_to_a_visitor_whose_run_is_under_way_and_to_one_who_waits():
    engine = FakeEngine(pace=10)
    with served(engine) as address:
        jobs = []
        for kind in ("frames", "wait"):
            jobs.append(
                job := Client(address, verbose=False).submit(
                    prompt="a long run", length=128, steps=128, api_name="/race"
                )
            )
            while not any(json.loads(message)["kind"] == kind for message in job.outputs()):
                assert not job.done()
                time.sleep(0.02)
    for job in jobs:
        job.result(timeout=60)
        assert json.loads(job.outputs()[-1])["ended"] == "stopped"
    assert engine.runs[0].passed < 60, "a whole run makes 256 passes"


def test_an_account_guards_the_page_its_stream_and_its_functions():
    with served(FakeEngine(), auth=("ada", "s:ecret")) as address:
        assert (
            '"auth_required":true' in page_at(address)
            and "prompt" not in page_at(address).split("gradio_config = ")[1][:300]
        )
        for path in ("/config", "/gradio_api/info"):
            with pytest.raises(urllib.error.HTTPError, match="401"):
                page_at(f"{address}{path}")
        for path, body in (
            ("queue/join", {"data": [], "fn_index": 0, "session_hash": "x"}),
            ("component_server", {"data": "x", "component_id": 1, "fn_name": "qr_code", "session_hash": "x"}),
        ):
            assert httpx.post(f"{address}/gradio_api/{path}", json=body).status_code == 401
        with pytest.raises(ValueError, match="Could not login"):
            Client(address, auth=("ada", "wrong"), verbose=False)
        client = Client(address, auth=("ada", "s:ecret"), verbose=False)
        assert (
            json.loads(client.submit(prompt="hi", length=8, steps=4, api_name="/race").result(timeout=60))["ended"]
            == "done"
        )


@pytest.mark.parametrize("claimed", ["", "198.51.100.9, ", "127.0.0.1, ", "10.0.0.1, 198.51.100.9, "])
def test_on_a_space_nobody_can_write_an_address_of_their_own(claimed):
    """Turns and the calls of an hour go by address: a visitor that names another one would have any number of both."""
    seen = []

    async def page(scope, receive, send):
        seen.append(scope["client"][0])

    asked = {"type": "http", "scheme": "http", "client": ("10.0.1.7", 1)}
    asked["headers"] = [(b"x-forwarded-for", f"{claimed}203.0.113.5, 10.0.2.2".encode())]
    run(ProxyHeadersMiddleware(page, trusted_proxies({"SPACE_ID": "me/page"}))(asked, None, None))
    assert seen == ["203.0.113.5"]


def test_the_host_says_whose_header_is_believed():
    assert trusted_proxies({}) is None  # uvicorn's own: loopback
    assert trusted_proxies({"SPACE_ID": "me/page", "FORWARDED_ALLOW_IPS": "192.0.2.1"}) == "192.0.2.1"
