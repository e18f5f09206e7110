"""Draws a run as one picture to share: the prompt, each lane at the four stages, and its figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any, BinaryIO

from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

from playground.export.caption import conclusion, run_id
from playground.export.cells import LaneAt
from playground.export.glyphs import face_for
from playground.export.noise import scrambled
from playground.export.pace import stages_of
from playground.export.picture import (
    DRAFT,
    GROUND,
    INK,
    LANES,
    NOISE,
    QUIET,
    SPECK,
    Colour,
    colours_of,
    face,
    fitted,
    mixed,
    origin,
)
from playground.trace.served import WALL, counted, remote_of
from playground.trace.trace import SETTLED, Change, Lane, Trace

SIZE = 1200, 630  # px, what sites show of a link
MARGIN, GUTTER = 44, 20  # px
TOP, FOOT = 24, 594  # px: where the first and the last line stand
PANELS, HEAD, GAP = 172, 34, 14  # px: where the lanes begin; the height of a lane's name; between two lanes
BOTTOM = 552  # px: where the lanes end
TYPES = (17, 16, 15, 14, 13, 12)  # px, of the text in a panel: the largest that fits
LONGEST_PROMPT = 400  # characters that are looked at
LATER = 1.02  # a run that ends this many times later than its picture has a column for its end
MOST = 600  # positions of a lane that are looked at: more never fit
RUN = "run"  # the key of the run's id in the file's metadata
PLACE = "Diffusion playground"


@dataclass(frozen=True)
class Moment:
    """One column of the card."""

    name: str
    t_ms: float  # on the run's clock


@dataclass(frozen=True)
class Piece:
    """A token's text in a panel."""

    text: str
    ink: Colour


def to_card(trace: Trace, out: BinaryIO) -> None:
    """Write the picture to ``out`` as PNG."""
    about = PngInfo()
    about.add_text(RUN, run_id(trace))
    card(trace).save(out, format="PNG", optimize=True, pnginfo=about)


def card(trace: Trace) -> Image.Image:
    """The picture, in mode RGB and of SIZE."""
    picture = Image.new("RGB", SIZE, GROUND)
    pen = ImageDraw.Draw(picture)
    lanes, columns = trace.lanes[:LANES], moments_of(trace)
    width = (SIZE[0] - 2 * MARGIN - GUTTER * (len(columns) - 1)) / len(columns)
    height = (BOTTOM - PANELS - GAP * (len(lanes) - 1)) / len(lanes)
    draw_head(pen, trace)
    for n, moment in enumerate(columns):
        x = MARGIN + n * (width + GUTTER)
        pen.text((x, PANELS - 34), moment.name, INK, face("prose", 22, 600))
        pen.text((x + width, PANELS - 29), f"{moment.t_ms:,.0f} ms", QUIET, face("mono", 15), anchor="ra")
    panels = {lane.key: [pieces_at(trace, lane, moment.t_ms) for moment in columns] for lane in lanes}
    size = type_for([panel for each in panels.values() for panel in each[1:]], width, height - HEAD)  # noise may be cut
    for n, lane in enumerate(lanes):
        y = PANELS + n * (height + GAP)
        draw_lane_head(pen, trace, lane, y)
        for at, panel in enumerate(panels[lane.key]):
            draw_text(pen, panel, (MARGIN + at * (width + GUTTER), y + HEAD), (width, height - HEAD), size)
    draw_foot(pen, trace)
    return picture


def moments_of(trace: Trace) -> Sequence[Moment]:
    """The stages of the run's picture, and its end if that comes later; for a run without a picture, four times from
    beginning to end."""
    total = max((frame.t_ms for frame in trace.frames), default=0.0)
    if stages := [Moment(name, begin) for name, begin in stages_of(trace).items()]:
        last = Moment("end" if stages[-1].name != "final" else "all done", total)
        return [*stages, last] if total > LATER * stages[-1].t_ms else stages
    return [Moment(name, total * n / 3) for n, name in enumerate(("start", "a third", "two thirds", "end"))]


def draw_head(pen: ImageDraw.ImageDraw, trace: Trace) -> None:
    """Draw the page's name, where the run is from, and the prompt."""
    small = face("prose", 20, 600)
    pen.text((MARGIN, TOP), PLACE, QUIET, small)
    made = f"recorded{origin(trace)}"
    font = face_for(made, face("prose", 18))
    room = SIZE[0] - 2 * MARGIN - small.getlength(PLACE) - 40
    pen.text((SIZE[0] - MARGIN, TOP + 1), fitted(made, font, room), QUIET, font, anchor="ra")
    prompt = " ".join(str(trace.run.get("prompt") or "A recorded run")[:LONGEST_PROMPT].split())
    sizes = (face_for(prompt, face("prose", size, 600)) for size in (42, 36, 30))
    room = SIZE[0] - 2 * MARGIN
    font = next((one for one in sizes if one.getlength(prompt) <= room), face_for(prompt, face("prose", 30, 600)))
    pen.text((MARGIN, TOP + 70), fitted(prompt, font, room), INK, font, anchor="lm")


def draw_lane_head(pen: ImageDraw.ImageDraw, trace: Trace, lane: Lane, y: float) -> None:
    """Draw a lane's name and its figures over its panels."""
    colour = colours_of(lane)[0]
    pen.rectangle((MARGIN, y, SIZE[0] - MARGIN, y + 1), fill=colour)
    said, font = figures_of(trace, lane), face("prose", 19)
    pen.text((SIZE[0] - MARGIN, y + 7), said, INK, font, anchor="ra")
    room = SIZE[0] - 2 * MARGIN - font.getlength(said) - 24
    bold = face_for(lane.title, face("prose", 20, 600))
    pen.text((MARGIN, y + 6), fitted(lane.title, bold, room), colour, bold)


def figures_of(trace: Trace, lane: Lane) -> str:
    """Passes, time and what the reply is worth, in words."""
    frames = trace.frames_of(lane.key)
    if not frames:
        return ""
    row = ((trace.verdict or {}).get("lanes") or {}).get(lane.key)
    parts = [counted(lane, frames[-1].i), f"{frames[-1].t_ms:,.0f} ms"]
    if remote_of(lane) is not None:
        parts.append(WALL)
    return "  ·  ".join([*parts, *worth_of(row if isinstance(row, dict) else {})])


def worth_of(row: dict[str, Any]) -> list[str]:
    """What is known of a reply, in a word or none."""
    if row.get("right") is True:
        return ["right"]
    faults = [name for name in ("broken", "repeated") if row.get(name) is True]
    return faults[:1] or (["not right"] if row.get("right") is False else [])


def draw_foot(pen: ImageDraw.ImageDraw, trace: Trace) -> None:
    """Draw what came out, or why the run is incomplete."""
    said = next(iter(conclusion(trace)), "")
    font = face_for(said, face("prose", 22, 600))
    more = len(trace.lanes) - LANES
    note = f"{LANES} of {len(trace.lanes)} lanes" if more > 0 else ""
    small = face("prose", 18)
    pen.text((SIZE[0] - MARGIN, FOOT - 4), note, QUIET, small, anchor="rs")
    room = SIZE[0] - 2 * MARGIN - (small.getlength(note) + 24 if note else 0)
    pen.text((MARGIN, FOOT - 4), fitted(said, font, room), INK, font, anchor="ls")


def pieces_at(trace: Trace, lane: Lane, t_ms: float) -> list[Piece]:
    """The text of a lane at a time, token by token, up to where its reply is over."""
    at = LaneAt(trace, lane)
    at.go(t_ms)
    _, unsure, sure = colours_of(lane)
    cells = islice(enumerate(at.cells), min(at.over, MOST))
    return [piece for n, cell in cells if (piece := piece_of(n, cell, lane, unsure, sure))]


def piece_of(n: int, cell: Change | None, lane: Lane, unsure: Colour, sure: Colour) -> Piece | None:
    """A position as the panel shows it; None for one that is empty."""
    if cell is None:
        return None if lane.kind != "ar" else Piece(" _", SPECK)
    if cell.state in NOISE and not cell.text.strip():
        return Piece(f" {scrambled(n, 0)}", DRAFT)
    if cell.state not in SETTLED:
        return Piece(cell.text, DRAFT)
    return Piece(cell.text, mixed(unsure, sure, 1.0 if cell.confidence is None else cell.confidence))


def type_for(panels: Sequence[Sequence[Piece]], width: float, height: float) -> int:
    """The largest type in which every panel fits; the smallest one where none does."""
    fits = (size for size in TYPES if all(len(lines(panel, width, size)) <= rows(height, size) for panel in panels))
    return next(fits, TYPES[-1])


def rows(height: float, size: int) -> int:
    """Lines of a type in a panel."""
    return max(1, int(height // row_of(size)))


def row_of(size: int) -> int:
    """The height of a line, px."""
    return round(size * 1.36)


def lines(panel: Sequence[Piece], width: float, size: int) -> list[list[tuple[float, Piece]]]:
    """The pieces of a panel in lines, each with its place in the line, px. Lines break between words, and inside a word
    that is wider than the panel."""
    made: list[list[tuple[float, Piece]]] = [[]]
    x = 0.0
    for word in words(panel):
        long = sum(extent(piece.text, size) for piece in word)
        for n, piece in enumerate(word):
            room = extent(piece.text, size)
            if x and x + (long if n == 0 and long <= width else room) > width:
                made.append([])
                x = 0.0
            text = piece.text if x else piece.text.lstrip(" ")
            made[-1].append((x, Piece(text, piece.ink)))
            x += extent(text, size)
    return made


def words(panel: Sequence[Piece]) -> list[list[Piece]]:
    """The pieces grouped by words: each begins with a space or a line break, which is drawn as a sign."""
    grouped: list[list[Piece]] = []
    for piece in panel:
        if not piece.text:
            continue
        if not grouped or piece.text[0].isspace():
            grouped.append([])
        grouped[-1].append(Piece(piece.text.replace("\n", "¶"), piece.ink))
    return grouped


@lru_cache(maxsize=8192)
def extent(text: str, size: int) -> float:
    """The width of a text in a panel, px."""
    return face_for(text, face("mono", size)).getlength(text)


def draw_text(
    pen: ImageDraw.ImageDraw,
    panel: Sequence[Piece],
    place: tuple[float, float],
    room: tuple[float, float],
    size: int,
) -> None:
    """Draw the text of a panel; an ellipsis says that it goes on."""
    made, most, mono = lines(panel, room[0], size), rows(room[1], size), face("mono", size)
    for row, line in enumerate(made[:most]):
        y = place[1] + row * row_of(size)
        for x, piece in line:
            font = face_for(piece.text, mono)
            pen.text((place[0] + x, y), fitted(piece.text, font, room[0]), piece.ink, font)
    if len(made) > most:
        x, y = place[0] + room[0] - size, place[1] + (most - 1) * row_of(size)
        pen.rectangle((x, y, place[0] + room[0] + size, y + row_of(size)), fill=GROUND)
        pen.text((x + 2, y), "…", QUIET, mono)
