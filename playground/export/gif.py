"""Writes a run as a GIF: both lanes on the common clock, slowed by a factor that the picture shows.

The pictures are written one at a time with a common palette. Pillow's ``save_all`` would hold all of them in memory
until the last is drawn.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

from PIL import GifImagePlugin, Image, ImageChops

from playground.export.caption import run_id
from playground.export.limits import check_film
from playground.export.palette import SIZE, palette_of
from playground.export.picture import Film
from playground.trace.trace import Trace

HOLD_MS = 3000  # how long the last picture stays
UNCHANGED = SIZE  # index of the transparent colour, which shows the previous picture
FOREVER = b"!\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00"  # the extension block that repeats the film forever


def to_gif(
    trace: Trace, out: BinaryIO, slower: float | None = None, drawn: Callable[[int, int], None] = lambda done, all: None
) -> None:
    """Write the film to ``out``. ``slower`` is the factor that slows it down; None for the stage's default. ``drawn``
    is called after each picture with the number drawn and the number in all. Raises PlaygroundError, before anything
    is written, if the film is too large."""
    film = Film(trace, slower)
    check_film(film, "GIF")
    palette = palette_of(film.lanes)
    out.write(head(film.size, palette) + comment(run_id(trace)))
    before = None
    for number, (picture, length) in enumerate(film.pictures(), 1):
        flat = numbered(picture, palette)
        last = number == len(film.moments)
        for block in changed(flat, before, HOLD_MS if last else length):
            out.write(block)
        before = flat
        drawn(number, len(film.moments))
    out.write(b";")


def head(size: tuple[int, int], palette: Image.Image) -> bytes:
    """The bytes before the pictures: size, global palette and the loop extension (GIF89a, sections 17 to 19 and 26)."""
    colours = bytes((palette.getpalette() or [])[: 3 * SIZE]).ljust(3 * 256, b"\0")
    width, height = (side.to_bytes(2, "little") for side in size)
    return b"GIF89a" + width + height + b"\xf7\0\0" + colours + FOREVER


def comment(text: str) -> bytes:
    """A comment of at most 255 plain letters (GIF89a, section 24)."""
    said = text.encode("ascii", "replace")[:255]
    return b"!\xfe" + bytes([len(said)]) + said + b"\0" if said else b""


def changed(flat: Image.Image, before: Image.Image | None, length: int) -> list[bytes]:
    """The blocks of a picture that stays for ``length`` ms: only the box that differs from the picture before, with
    transparent pixels where nothing changed. Both are images of palette indices, as ``numbered`` returns them."""
    if before is None:
        return GifImagePlugin.getdata(flat, duration=length, disposal=1)
    differs = ImageChops.difference(flat, before)
    box = differs.getbbox() or (0, 0, 1, 1)
    part = flat.crop(box)
    part.paste(UNCHANGED, mask=differs.crop(box).point(lambda value: 0 if value else 255))
    return GifImagePlugin.getdata(part, offset=box[:2], duration=length, disposal=1, transparency=UNCHANGED)


def numbered(picture: Image.Image, palette: Image.Image) -> Image.Image:
    """A picture as palette indices, in mode L."""
    flat = picture.quantize(palette=palette, dither=Image.Dither.NONE)
    return Image.frombytes("L", flat.size, flat.tobytes())
