"""What other sites show of a link: one title, a description, and a picture that they can fetch; whatever a visitor sends."""

from html.parser import HTMLParser
from io import BytesIO

import httpx
import pytest
from PIL import Image

from fakes import FakeEngine, record
from serving import served

HOSTILE = ('a"><script>alert(1)</script>', "a' onload='x", "a&quot;><b>", '"><meta property="og:title" content="x">')


class Head(HTMLParser):
    """The title and the metadata of a page, every value of a name in a list."""

    def __init__(self, page):
        super().__init__()
        self.said, self._in_title = {}, False
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        of = dict(attrs)
        self._in_title = tag == "title"
        if tag == "meta" and "content" in of:
            self.said.setdefault(of.get("property") or of.get("name"), []).append(of["content"])

    def handle_data(self, data):
        if self._in_title:
            self.said.setdefault("title", []).append(data)
            self._in_title = False


def head(visitor, path="/", **headers):
    answer = visitor.get(path, headers=headers)
    assert answer.status_code == 200
    return Head(answer.text).said


@pytest.fixture(scope="module")
def visitor():
    with served(FakeEngine(), [record()]) as address, httpx.Client(base_url=address, timeout=60) as client:
        yield client


def test_a_link_is_shown_with_one_title_a_sentence_and_a_real_race(visitor):
    said = head(visitor)
    for name in ("title", "og:title", "twitter:title"):
        assert said[name] == ["Diffusion playground"]
    for name in ("description", "og:description", "twitter:description"):
        assert len(said[name]) == 1 and "noise" in said[name][0]
    assert said["og:image"] == said["twitter:image"] == [f"{visitor.base_url}/pictures/card.png".replace("//p", "/p")]
    assert said["twitter:card"] == ["summary_large_image"] and "twitter:creator" not in said
    answer = visitor.get(said["og:image"][0])
    assert answer.headers["content-type"] == "image/png"
    size = tuple(int(said[f"og:image:{side}"][0]) for side in ("width", "height"))
    assert Image.open(BytesIO(answer.content)).size == size == (1200, 630) and len(answer.content) < 300_000


@pytest.mark.parametrize("root_path", ["/play", "https://example.org/play"])
def test_the_picture_is_below_the_pages_own_address(root_path):
    with (
        served(FakeEngine(), [record()], root_path=root_path) as address,
        httpx.Client(base_url=address, timeout=60) as client,
    ):
        own = root_path if root_path.startswith("http") else f"{address.rstrip('/')}{root_path}"
        said = head(client)
        assert said["og:image"] == [f"{own}/pictures/card.png"] and said["og:url"] == [f"{own}/"]
        assert client.get("/play/pictures/card.png").status_code == 200


def test_behind_a_proxy_the_picture_is_at_the_proxys_address(visitor):
    said = head(visitor, **{"X-Forwarded-Host": "play.example.org", "X-Forwarded-Proto": "https"})
    assert said["og:image"] == ["https://play.example.org/pictures/card.png"]


@pytest.mark.parametrize("odd", HOSTILE)
def test_nothing_that_a_visitor_sends_becomes_markup(visitor, odd):
    plain, name = head(visitor), "X-Forwarded-Host"
    said = head(visitor, f"/?prompt={odd}&page={odd}")
    assert said == plain, "the same for every link"
    answer = visitor.get("/", headers={name: odd})
    assert answer.status_code < 500
    if answer.status_code == 200:
        said = Head(answer.text.split("window.gradio_config")[0]).said
        assert said["og:title"] == ["Diffusion playground"] and set(said) <= set(plain)
        assert "<script>alert" not in answer.text


def test_what_the_page_says_itself_is_left_alone(visitor):
    """Only gradio's tags are taken out, and only before the page's data."""
    page = visitor.get("/").text
    assert page.count("window.gradio_config") >= 1 and 'name="viewport"' in page and 'charset="utf-8"' in page
