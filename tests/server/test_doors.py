"""Which requests come in: what the page and programs ask, and nothing of other websites or of routes that nobody uses."""

import httpx
import pytest

from fakes import FakeEngine
from playground.server.doors import MOST
from serving import served

ELSEWHERE = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
JOIN = "/gradio_api/queue/join"


@pytest.fixture(scope="module")
def address():
    with served(FakeEngine()) as address:
        yield address


@pytest.mark.parametrize(
    "method, path",
    [
        ("POST", "/gradio_api/upload"),
        ("POST", "/gradio_api/process_recording"),
        ("GET", "/gradio_api/file=https://example.com/a"),
        ("GET", "/gradio_api/file=http://127.0.0.1:1/a"),
        ("GET", "/gradio_api/proxy=https://example.com/a"),
        ("GET", "/gradio_api/custom_component/x/client/y/z"),
        ("POST", "/gradio_api/stream/x"),
        ("GET", "/gradio_api/run-history/records"),
        ("GET", "/monitoring/summary"),
        ("POST", "/gradio_api/vibe-edit"),
    ],
)
def test_a_route_that_nobody_uses_is_closed(address, method, path):
    answer = httpx.request(method, address + path, files={"files": b"x" * 100} if method == "POST" else None)
    assert answer.status_code == 404 and answer.json()["error"] == "There is nothing here."


def test_another_website_can_neither_ask_nor_read(address):
    asked = httpx.post(address + JOIN, json={"fn_index": 0, "data": []}, headers=ELSEWHERE)
    assert asked.status_code == 403 and "Another website" in asked.json()["detail"]
    before = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    preflight = httpx.options(address + JOIN, headers={"Origin": "https://evil.example", **before})
    read = httpx.get(address + "/config", headers={"Origin": "https://evil.example"})
    for answer in (asked, preflight, read):
        assert not [name for name in answer.headers if name.startswith("access-control-")], answer


def test_a_body_that_a_form_of_another_website_can_send_is_refused(address):
    """Without headers of the browser, as on plain http: text and forms need no leave."""
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        answer = httpx.post(address + JOIN, content=b'{"data": []}', headers={"Content-Type": kind})
        assert answer.status_code == 415, kind


def test_a_body_has_a_bound_whether_its_size_is_told_or_not(address):
    piece = b" " * (1 << 20)
    pieces = (piece for _ in range((MOST >> 20) + 1))
    json = {"Content-Type": "application/json"}
    assert httpx.post(address + JOIN, content=pieces, headers=json).status_code in (400, 413)
    told = httpx.post(address + JOIN, content=piece * ((MOST >> 20) + 1), headers=json)
    assert told.status_code == 413 and "more than this page takes" in told.json()["error"]


def test_programs_and_the_page_itself_come_in(address):
    assert httpx.get(address + "/gradio_api/info").status_code == 200
    for site in ("same-origin", "none", None):
        headers = {"Sec-Fetch-Site": site} if site else {}
        assert httpx.get(address + "/config", headers=headers).status_code == 200
        assert httpx.post(address + JOIN, json={}, headers=headers).status_code not in (403, 404, 413, 415)
