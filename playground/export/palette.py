"""The palette of all pictures of a run. Their colours are known in advance, so no picture has to be analysed."""

from __future__ import annotations

from collections.abc import Iterable

from PIL import Image

from playground.export.picture import DRAFT, GROUND, INK, QUIET, SPECK, Colour, colours_of, mixed
from playground.trace.trace import Lane

SIZE = 255  # colours; a GIF has 256, and the last one is transparent (gif.UNCHANGED)
SURENESS = 8  # steps from the colour of an unsure token to that of a sure one
EDGES = 5  # steps from the background to a letter's colour, for smooth edges


def palette_of(lanes: Iterable[Lane]) -> Image.Image:
    """A picture in mode P with the palette of these lanes, for Image.quantize."""
    colours = list(dict.fromkeys(known_colours(lanes)))[:SIZE]
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for colour in colours + [GROUND] * (SIZE - len(colours)) for part in colour])
    return palette


def known_colours(lanes: Iterable[Lane]) -> Iterable[Colour]:
    """The colours that pictures of these lanes use; some occur more than once."""
    yield from (GROUND, SPECK)
    for ink in (INK, QUIET, DRAFT):
        yield from ramp(GROUND, ink, 8)
    for lane in lanes:
        colour, unsure, sure = colours_of(lane)
        fresh = mixed(GROUND, colour, 0.3)
        yield from (*ramp(GROUND, colour, EDGES), fresh)
        for step in range(SURENESS):
            ink = mixed(unsure, sure, step / (SURENESS - 1))
            yield from ramp(GROUND, ink, EDGES)
            yield from ramp(fresh, ink, 3)


def ramp(ground: Colour, ink: Colour, steps: int) -> Iterable[Colour]:
    """``steps`` colours from the background to the ink, without the background itself."""
    return (mixed(ground, ink, (step + 1) / steps) for step in range(steps))
