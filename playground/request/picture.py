"""A picture in a request: a data URL of a PNG, JPEG or WebP. It brings its own bytes, never a path or an address."""

from __future__ import annotations

import base64
import binascii
import re
from io import BytesIO
from typing import Any

from PIL import Image, ImageOps

from playground.request.fields import RequestError

LONGEST = 1_500_000  # characters of the data URL: about 1.1 MB of bytes
MOST_PIXELS = 16_000_000  # a picture of few bytes may unfold into gigabytes of pixels
URL = re.compile(r"data:image/(png|jpeg|webp);base64,([A-Za-z0-9+/]+={0,2})")
WANTED = "a PNG, JPEG or WebP as a data URL (data:image/png;base64,...)"
UNREADABLE = f"The picture cannot be read. It must be {WANTED}."


def read(value: Any) -> str:
    """The data URL, or empty text for an empty value. Raises RequestError. Only the picture's head is read here."""
    if value is None or value == "":
        return ""
    if not isinstance(value, str):
        raise RequestError(f"The picture must be {WANTED}.")
    if len(value) > LONGEST:
        raise RequestError(
            f"The picture has {len(value):,} characters; at most {LONGEST:,} fit. Make it smaller: 768 pixels are enough."
        )
    _opened(value)
    return value


def decoded(url: str) -> Image.Image:
    """The picture, RGB, upright, on white where it is transparent. url: from ``read``, not empty. Raises
    RequestError."""
    try:
        image = ImageOps.exif_transpose(_opened(url)).convert("RGBA")
    except RequestError:
        raise
    except Exception:  # pillow raises many types on damaged files
        raise RequestError(UNREADABLE) from None
    return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")


def _opened(url: str) -> Image.Image:
    """The picture with its head read. Raises RequestError if it is no picture of the kind that it names, or too
    large."""
    found = URL.fullmatch(url)
    if not found:
        raise RequestError(UNREADABLE)
    try:
        image = Image.open(BytesIO(base64.b64decode(found[2], validate=True)), formats=(found[1],))
    except (OSError, ValueError, binascii.Error, SyntaxError, Image.DecompressionBombError):
        raise RequestError(UNREADABLE) from None
    if image.width * image.height > MOST_PIXELS:
        raise RequestError(
            f"The picture has {image.width:,} by {image.height:,} pixels; at most {MOST_PIXELS:,} in all fit. Make it smaller."
        )
    return image
