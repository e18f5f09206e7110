"""A run as a GIF: both lanes on the common clock, slowed by a factor that the picture states.

The pictures go into the file one at a time, with one palette for all. Pillow's own ``save_all`` would hold every one of them until the
last is drawn.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

from PIL import GifImagePlugin, Image, ImageChops

from playground.export.limits import check_film
from playground.export.palette import SIZE, palette_of
from playground.export.picture import Film
from playground.trace.trace import Trace

HOLD_MS = 3000  # the end stays to be read
UNCHANGED = SIZE  # the colour that lets the picture before show through
FOREVER = b"!\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00"  # the film begins again


def to_gif(
    trace: Trace, out: BinaryIO, slower: float | None = None, drawn: Callable[[int, int], None] = lambda done, all: None
) -> None:
    """Write the film. slower: the factor to slow it by; as the stage's default where None; drawn: told how many of the pictures are made.
    Raises PlaygroundError before anything is made where the film is too large."""
    film = Film(trace, slower)
    check_film(film, "GIF")
    palette = palette_of(film.lanes)
    out.write(head(film.size, palette))
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
    """What stands before the pictures (GIF89a, sections 17 to 19 and 26): the size, the colours of all, and that it loops."""
    colours = bytes((palette.getpalette() or [])[: 3 * SIZE]).ljust(3 * 256, b"\0")
    width, height = (side.to_bytes(2, "little") for side in size)
    return b"GIF89a" + width + height + b"\xf7\0\0" + colours + FOREVER


def changed(flat: Image.Image, before: Image.Image | None, length: int) -> list[bytes]:
    """A picture as the part of it that differs from the one before, with holes where nothing changed. length: ms that it stays."""
    if before is None:
        return GifImagePlugin.getdata(flat, duration=length, disposal=1)
    differs = ImageChops.difference(flat, before)
    box = differs.getbbox() or (0, 0, 1, 1)
    part = flat.crop(box)
    part.paste(UNCHANGED, mask=differs.crop(box).point(lambda value: 0 if value else 255))
    return GifImagePlugin.getdata(part, offset=box[:2], duration=length, disposal=1, transparency=UNCHANGED)


def numbered(picture: Image.Image, palette: Image.Image) -> Image.Image:
    """The number of each pixel's colour, in mode L."""
    flat = picture.quantize(palette=palette, dither=Image.Dither.NONE)
    return Image.frombytes("L", flat.size, flat.tobytes())
