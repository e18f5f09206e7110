"""A picture beside the prompt: its place in a canvas, and the passes of a lane that sees it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import takewhile

from playground.decoders.sight import Sight, Tiles
from playground.engine.closing import closing
from playground.engine.opening import Encode, Opening
from playground.request.fields import RequestError
from playground.request.picture import decoded
from playground.request.race_request import RaceRequest
from playground.samplers.canvas import Canvas
from playground.samplers.passes import NO_WORK, Pass

BLIND = "It does not see the picture."  # the note of a lane whose model cannot see
SHOWN = "[picture]"  # the text of the picture's cell


@dataclass(frozen=True)
class Picture:
    """A picture in one lane."""

    tiles: Tiles
    place: int  # of its one token in the canvas

    @property
    def more(self) -> int:
        """Positions that it takes beyond that token."""
        return self.tiles.rows - 1


def with_picture(start: Opening, request: RaceRequest, sight: Sight | None, token: int, encode: Encode) -> Opening:
    """The opening with its picture, if there is one, and a token in the picture's place before the visitor's words.

    token: stands for the picture. Raises RequestError if the picture cannot be read, or if a frame to go on from was
    made with a picture and there is none now.
    """
    canvas = start.canvas
    if request.resume and token not in canvas.ids[: canvas.start]:  # its run had none, or its lane did not see it
        return start
    if not request.picture or sight is None:
        if request.resume:
            raise RequestError("The frame to go on from was made with a picture. Open the run that holds the picture.")
        return start
    tiles = sight.tiles(decoded(request.picture))
    if request.resume:
        return replace(start, picture=Picture(tiles, canvas.ids.index(token)))
    lead = zip(encode(*start.lead), canvas.ids)
    at = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], lead))
    line = [token, *encode("\n")]  # as LLaVA writes it: the picture on a line of its own
    familiar = start.familiar and [*start.familiar[:at], *line, *start.familiar[at:]]
    return replace(start, canvas=inserted(canvas, at, line), familiar=familiar, picture=Picture(tiles, at))


def inserted(canvas: Canvas, at: int, ids: list[int]) -> Canvas:
    """The canvas with more tokens in its prompt. at: the position of the first of them."""
    n = len(ids)
    moved = {name: frozenset(place + n for place in getattr(canvas, name)) for name in ("open", "pinned", "hidden")}
    return Canvas((*canvas.ids[:at], *ids, *canvas.ids[at:]), canvas.start + n, **moved)


def with_work_of(picture: Picture, passes: Iterator[Pass]) -> Iterator[Pass]:
    """The same passes with the picture's positions in their work: all passes attend to them, and those over the whole
    canvas compute them. Closing this closes ``passes``."""
    with closing([passes]):
        for step in passes:
            work = step.work
            if work != NO_WORK:
                fed = picture.more if work.queries >= work.keys else 0
                work = replace(work, queries=work.queries + fed, keys=work.keys + picture.more)
            yield replace(step, work=work)
