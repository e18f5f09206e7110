"""The colours that pictures of runs are drawn in, as one palette: they are known, so that none has to be found in the pictures."""

from __future__ import annotations

from collections.abc import Iterable

from PIL import Image

from playground.export.picture import DRAFT, GROUND, INK, QUIET, SPECK, colours_of, mixed
from playground.trace.trace import Lane

Colour = tuple[int, int, int]
SIZE = 255  # of the 256 that a GIF has; the last stands for what has not changed
SURENESS = 8  # steps between an unsure and a sure token
EDGES = 5  # steps between the ground and a letter, whose edges are smooth


def palette_of(lanes: Iterable[Lane]) -> Image.Image:
    """A picture in mode P that holds the colours of these lanes, for Image.quantize."""
    colours = list(dict.fromkeys(known_colours(lanes)))[:SIZE]
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for colour in colours + [GROUND] * (SIZE - len(colours)) for part in colour])
    return palette


def known_colours(lanes: Iterable[Lane]) -> Iterable[Colour]:
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
    """From just above the ground to the ink itself."""
    return (mixed(ground, ink, (step + 1) / steps) for step in range(steps))
