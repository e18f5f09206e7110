"""A picture in a request: bytes of a known kind and a bearable size, and nothing else."""

import base64
import struct
import zlib

import pytest
from PIL import Image

from playground.request.fields import RequestError
from playground.request.picture import LONGEST, decoded
from playground.request.race_request import RaceRequest
from playground.ui.share import linkable
from small_llada_v import data_url, picture


def asked(value):
    return RaceRequest.parse({"prompt": "What is this?", "picture": value}).picture


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
def test_a_picture_of_each_kind_is_taken_as_it_is(kind):
    url = picture((80, 50), kind=kind)
    assert asked(url) == url
    assert decoded(url).size == (80, 50) and decoded(url).mode == "RGB"


@pytest.mark.parametrize("empty", ["", None])
def test_there_is_no_picture_unless_one_is_given(empty):
    assert asked(empty) == "" == RaceRequest.parse({"prompt": "Hello"}).picture


STRANGE = [
    7,
    ["data:image/png;base64,"],
    "/etc/passwd",
    "file:///etc/passwd",
    "https://example.org/a.png",
    "data:text/html;base64,PGI+",
    "data:image/svg+xml;base64,PHN2Zy8+",
    "data:image/png;base64,",
    "data:image/png;base64,AAAA",
    "data:image/png;base64,A",
    picture().replace("image/png", "image/jpeg"),
    picture() + '"><script>',
    data_url(Image.new("RGB", (9, 9)), "gif"),
    data_url(Image.new("RGB", (9, 9)), "gif").replace("image/gif", "image/png"),
]


@pytest.mark.parametrize("value", STRANGE)
def test_anything_else_is_refused_in_a_sentence(value):
    with pytest.raises(RequestError, match="PNG, JPEG or WebP"):
        asked(value)


def test_a_long_text_is_refused_before_it_is_read():
    with pytest.raises(RequestError, match="768 pixels are enough"):
        asked("data:image/png;base64," + "A" * LONGEST)


def bomb(side):
    """A PNG of a few kilobytes that unfolds into side x side pixels."""
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(bytes((side // 8 + 1) * 64), 9)),
        (b"IEND", b""),
    ]
    data = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in chunks
    )
    return "data:image/png;base64," + base64.b64encode(data).decode("ascii")


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("side", [5_000, 12_000, 60_000])
def test_a_small_file_of_a_huge_picture_is_refused_before_it_unfolds(side):
    with pytest.raises(RequestError):
        asked(bomb(side))


def test_a_picture_that_is_cut_short_is_refused_when_it_is_decoded():
    url = data_url(Image.effect_noise((200, 200), 90), "jpeg")
    body = base64.b64decode(url.partition(",")[2])[:2000]
    with pytest.raises(RequestError, match="cannot be read"):
        decoded(asked("data:image/jpeg;base64," + base64.b64encode(body).decode("ascii")))


def test_a_picture_is_turned_as_its_camera_says_and_stands_on_white():
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    assert decoded(data_url(Image.new("RGB", (40, 20)), "jpeg", exif=exif)).size == (20, 40)
    assert decoded(data_url(Image.new("RGBA", (4, 4), (0, 0, 0, 0)))).getpixel((1, 1)) == (255, 255, 255)


def test_links_do_not_carry_it():
    assert "picture" not in linkable()
