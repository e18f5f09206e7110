"""The page is made once for each address, compressed once, and not sent again to who has it; every answer says who may frame it."""

import asyncio
import gzip
import json

import brotli
import httpx
import pytest

from asynchronous import run
from fakes import FakeEngine, record
from playground.server.headers import MORE, frame_ancestors
from playground.server.later import INSPECTOR_PATH
from playground.server.page_cache import PageCache, accepts
from playground.ui.page import build_page, launch_options
from serving import served


class OnlyOne(FakeEngine):
    """An engine that nothing may copy."""

    def __deepcopy__(self, memo):
        raise AssertionError("the engine was copied")


@pytest.fixture(scope="module")
def visitor():
    with served(OnlyOne(), [record()]) as address, httpx.Client(base_url=address, timeout=60) as client:
        yield client


@pytest.fixture
def renderings(monkeypatch):
    """How often gradio renders a template."""
    from gradio.routes import templates

    made, real = [], templates.TemplateResponse
    monkeypatch.setattr(templates, "TemplateResponse", lambda *args, **kwargs: made.append(1) or real(*args, **kwargs))
    return made


def raw(visitor, path="/", **headers):
    with visitor.stream("GET", path, headers={"Accept-Encoding": "identity", **headers}) as answer:
        return answer, b"".join(answer.iter_raw())


def test_the_configuration_is_plain_data():
    """What else stood in it gradio would copy for each visitor: the engine, through an event's listener."""
    json.dumps(build_page(FakeEngine(), [record()]).config["components"])


SCRIPT = b"window.whole = true;" * 100


def asked(cache, answers):
    """The status and the body that a visitor gets from a cache who leaves at once after asking."""

    async def receive():
        return {"type": "http.disconnect"}

    async def send(message):
        answers.append(message)

    scope = {"type": "http", "method": "GET", "path": "/assets/x.js", "query_string": b"", "headers": []}
    run(cache(scope, receive, send))
    return answers[0]["status"], b"".join(message.get("body", b"") for message in answers)


def test_who_leaves_before_a_script_is_made_leaves_it_whole_to_others():
    """One such visitor left an empty script to all others, who then saw no page."""

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await receive()  # the request itself
        leaving = asyncio.ensure_future(receive())
        await asyncio.sleep(0.01)
        if leaving.done():
            return  # as starlette ends a stream that nobody hears
        leaving.cancel()
        await send({"type": "http.response.body", "body": SCRIPT})

    cache = PageCache(app)
    assert asked(cache, []) == asked(cache, []) == (200, SCRIPT)


@pytest.mark.parametrize("head, more", [([], True), ([(b"content-length", b"2000")], False)])
def test_half_of_a_script_is_neither_sent_nor_kept(head, more, caplog):
    parts = [SCRIPT[:100]]

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": head})
        for part in parts:
            await send({"type": "http.response.body", "body": part, "more_body": more or part is not parts[-1]})

    cache = PageCache(app)
    status, said = asked(cache, [])
    assert status == 503 and b"Load the page again" in said and "/assets/x.js" in caplog.text
    parts[:], more = [SCRIPT], False
    assert asked(cache, []) == (200, SCRIPT)


def test_a_page_is_rendered_once_for_its_address_whatever_the_link_says(visitor, renderings):
    pages = {raw(visitor, path)[1] for path in ("/", "/?prompt=hello&seed=3", "/?page=2", "/", "/?workshop=order")}
    assert len(pages) == 1 and len(renderings) <= 1
    assert raw(visitor, "/", **{"X-Forwarded-Host": "play.example.org"})[1] not in pages
    assert len(renderings) <= 2


@pytest.mark.parametrize(
    "headers, root",
    [
        ({}, None),
        ({"X-Forwarded-Host": "play.example.org"}, "http://play.example.org"),
        ({"X-Forwarded-Host": "play.example.org", "X-Forwarded-Proto": "https"}, "https://play.example.org"),
        ({"Host": "other.example.org"}, "http://other.example.org"),
    ],
)
@pytest.mark.parametrize("path", ["/", "/config"])
def test_visitors_from_different_addresses_get_their_own(visitor, path, headers, root):
    for _ in range(2):
        _, body = raw(visitor, path, **headers)
        assert f'"root":"{root or str(visitor.base_url).rstrip("/")}"'.encode() in body


@pytest.mark.parametrize("path", ["/", "/config", "/theme.css"])
def test_it_is_compressed_and_the_same(visitor, path):
    _, plain = raw(visitor, path)
    for coding, unpack in (("br", brotli.decompress), ("gzip", gzip.decompress)):
        answer, body = raw(visitor, path, **{"Accept-Encoding": coding})
        assert answer.headers["content-encoding"] == coding and unpack(body) == plain and len(body) < 0.4 * len(plain)
        assert (
            int(answer.headers["content-length"]) == len(body) and "accept-encoding" in answer.headers["vary"].lower()
        )


@pytest.mark.parametrize("path", ["/", "/config", "/theme.css", "/favicon.ico"])
def test_who_has_it_is_sent_nothing(visitor, path):
    answer, _ = raw(visitor, path)
    tag = answer.headers["etag"]
    for known in (tag, f'"other", {tag}', tag.removeprefix("W/"), "*"):
        again, body = raw(visitor, path, **{"If-None-Match": known})
        assert (again.status_code, body) == (304, b"") and again.headers["etag"] == tag
    again, body = raw(visitor, path, **{"If-None-Match": '"another"'})
    assert again.status_code == 200 and body


def test_head_costs_no_rendering(visitor, renderings):
    answer = visitor.head("/", headers={"Host": "never.seen.example"})
    assert (
        answer.status_code == 200
        and answer.headers["content-type"].startswith("text/html")
        and not answer.content
        and not renderings
    )


def test_gradios_scripts_are_kept_by_browsers_for_good(visitor):
    page = raw(visitor)[1].decode()
    script = page.split('src="./assets/')[1].split('"')[0]
    answer, body = raw(visitor, f"/assets/{script}", **{"Accept-Encoding": "br"})
    assert "immutable" in answer.headers["cache-control"] and brotli.decompress(body)
    assert raw(visitor, "/assets/nothing.js")[0].status_code == 404


@pytest.mark.parametrize("query", ["deep_link=abc", "all_endpoints=true"])
def test_what_is_made_for_one_visitor_is_not_kept(visitor, renderings, query):
    for _ in range(2):
        assert raw(visitor, f"/?{query}")[0].status_code == 200
    assert len(renderings) == 2


def test_a_page_behind_a_password_is_not_kept():
    page = build_page(FakeEngine())
    _, address, _ = page.launch(
        server_name="127.0.0.1", prevent_thread_lock=True, quiet=True, auth=("ann", "secret"), **launch_options()
    )
    try:
        with httpx.Client(base_url=address, timeout=60) as client:
            assert '"auth_required":true' in client.get("/").text
            client.post("/login", data={"username": "ann", "password": "secret"}).raise_for_status()
            assert '"username":"ann"' in client.get("/").text
            client.cookies.clear()
            assert '"auth_required":true' in client.get("/").text
    finally:
        page.close(verbose=False)


@pytest.mark.parametrize("path", ["/", "/config", "/nothing", "/theme.css", "/gradio_api/app_id"])
def test_every_answer_says_who_may_frame_it(visitor, path, monkeypatch):
    headers = raw(visitor, path)[0].headers
    assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "same-origin"
    rule = headers["content-security-policy"]
    assert (
        rule.startswith("frame-ancestors 'self'") and "https://huggingface.co" in rule and "https://*.hf.space" in rule
    )
    monkeypatch.setenv(MORE, "https://school.example; script-src 'none'")
    assert "https://school.example" in frame_ancestors() and ";" not in frame_ancestors()


def test_a_stream_of_events_is_not_held_back(visitor):
    race = next(one["id"] for one in visitor.get("/config").json()["dependencies"] if one["api_name"] == "race")
    visitor.post(
        "/gradio_api/queue/join", json={"data": ["hello", 8, 2], "fn_index": race, "session_hash": "held"}
    ).raise_for_status()
    with visitor.stream(
        "GET", "/gradio_api/queue/data?session_hash=held", headers={"Accept-Encoding": "br, gzip"}
    ) as stream:
        headers = stream.headers
    assert (
        headers["x-accel-buffering"] == "no"
        and headers["cache-control"] == "no-cache, no-transform"
        and "content-encoding" not in headers
    )


@pytest.mark.parametrize(
    "header, coding, wanted",
    [
        ("gzip, br", "br", True),
        ("gzip", "br", False),
        ("br;q=0, gzip", "br", False),
        ("BR;q=0.5", "br", True),
        ("", "gzip", False),
    ],
)
def test_codings_are_read_as_the_standard_says(header, coding, wanted):
    assert accepts(header, coding) is wanted


def test_the_inspector_is_sent_compressed_and_once(visitor):
    answer, body = raw(visitor, f"/{INSPECTOR_PATH}", **{"Accept-Encoding": "br"})
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/javascript")
    assert brotli.decompress(body).decode().endswith("export { Hands, Inspector };\n")
    assert raw(visitor, f"/{INSPECTOR_PATH}", **{"If-None-Match": answer.headers["etag"]})[0].status_code == 304
