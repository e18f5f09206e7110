"""A run as a GIF: both lanes on the common clock, slowed by a factor that the picture states."""
from __future__ import annotations

from io import BytesIO

from PIL import Image

from playground.export.picture import Film
from playground.trace import Trace

HOLD_MS = 3000  # the end stays to be read
COLOURS = 64  # of each picture that the palette is made from


def to_gif(trace: Trace, slower: float | None = None) -> bytes:
    """The whole file. slower: the factor to slow it by; as the stage's default where None."""
    film = Film(trace, slower)
    pictures, lengths = zip(*film.pictures())
    shared = joined(pictures[len(pictures) // 2].quantize(COLOURS), pictures[-1].quantize(COLOURS))
    flat = [picture.quantize(palette=shared, dither=Image.Dither.NONE) for picture in pictures]
    out = BytesIO()
    flat[0].save(
        out, "GIF", save_all=True, append_images=flat[1:], duration=[*lengths[:-1], HOLD_MS], loop=0, optimize=False, disposal=1,
    )
    return out.getvalue()


def joined(*pictures: Image.Image) -> Image.Image:
    """One palette of several pictures, so that no colour flickers from one to the next."""
    colours = b"".join(bytes(picture.getpalette()[: 3 * COLOURS]) for picture in pictures)
    palette = Image.new("P", (1, 1))
    palette.putpalette(colours)
    return palette
