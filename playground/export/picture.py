"""Draws pictures of a run, one at a time on the common clock: both lanes' tokens in their slots, the four stages, the
clock and the factor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

from playground.export.caption import conclusion, title
from playground.export.cells import LaneAt
from playground.export.glyphs import drawn_as_boxes, face_for
from playground.export.noise import scrambled
from playground.export.pace import moments, spoken, stages_of, tempo_of
from playground.trace.served import WALL, counted, listed, places, remote_of
from playground.trace.slots import slot_of
from playground.trace.trace import SETTLED, Change, Lane, Trace
from playground.web.stage_code import ASSETS

LANES = 2  # lanes in a picture, at most
# Sizes in px; COLUMNS are slots in a row, SLOT is the font size in a slot.
WIDTH, MARGIN, GUTTER, COLUMNS, ROW, SLOT = 1280, 40, 40, 8, 32, 17
HEAD, FOOT = 130, 120  # px over the lanes, with the title and the stages, and under their slots
STAGES, STAGE = 78, 64  # px: where the stages stand, and the least width of one
CLOCK = 260  # px, of the clock in the foot
Colour = tuple[int, int, int]
GROUND, INK, QUIET, DRAFT, SPECK = (14, 15, 17), (230, 228, 223), (163, 165, 168), (116, 121, 128), (52, 55, 60)
NOISE = ("noise", "remasked")  # states of a position that holds no text of the model
COLOURS: Mapping[str, tuple[Colour, Colour, Colour]] = {  # by slot: (lane, unsure token, sure token), as in stage.css
    "one": ((63, 155, 216), (63, 123, 166), (210, 235, 252)),
    "two": ((230, 159, 0), (150, 112, 42), (255, 233, 194)),
    "three": ((0, 178, 134), (31, 133, 107), (196, 243, 228)),
}
FACES = {"mono": "ibm-plex-mono-latin-500-normal.woff2", "prose": "source-sans-3-latin-wght-normal.woff2"}


@lru_cache(maxsize=32)
def face(family: str, size: int, weight: int = 400) -> ImageFont.FreeTypeFont:
    """A bundled font; Pillow's default font if its FreeType was built without woff2."""
    try:
        font = ImageFont.truetype(str(ASSETS / "fonts" / FACES[family]), size)
    except OSError:
        plain = ImageFont.load_default(size)
        assert isinstance(plain, ImageFont.FreeTypeFont), "without FreeType truetype raises another error"
        return plain
    if family == "prose":
        font.set_variation_by_axes([weight])
    return font


class Film:
    """The pictures of a run in order.

    ``slower`` is the requested factor, None for the stage's default; ``factor`` is the factor that is used and shown.
    ``moments`` are (time on the run's clock in ms, duration in the film in ms) of each picture. ``size`` is in px.
    """

    ROW = ROW

    def __init__(self, trace: Trace, slower: float | None = None):
        self.trace = trace
        self.lanes = trace.lanes[:LANES]
        self.total = max((frame.t_ms for frame in trace.frames), default=0.0)
        tempo = tempo_of(trace, slower)
        self.factor = tempo.factor
        self.moments = moments([frame.t_ms for frame in trace.frames], tempo.film_ms)
        self.stages = stages_of(trace)
        longest = max((places(trace, lane) for lane in self.lanes), default=0)
        self.rows = -(-longest // COLUMNS)
        self.size = WIDTH, even(HEAD + 68 + self.rows * ROW + FOOT)

    def pictures(self) -> Iterator[tuple[Image.Image, int]]:
        """Each picture and its duration in the film in ms. It is always the same image object, on which changes are
        drawn, so use it before the next one."""
        width = (WIDTH - 2 * MARGIN - GUTTER * (len(self.lanes) - 1)) // max(len(self.lanes), 1)
        views = [
            LaneView(LaneAt(self.trace, lane), MARGIN + n * (width + GUTTER), HEAD, width)
            for n, lane in enumerate(self.lanes)
        ]
        picture = Image.new("RGB", self.size, GROUND)
        pen = ImageDraw.Draw(picture)
        text = title(self.trace)
        heading = face_for(text, face("prose", 24, 600))
        pen.text((MARGIN, 28), fitted(text, heading, WIDTH - 2 * MARGIN), INK, heading)
        for turn, (t_ms, length) in enumerate(self.moments):
            for view in views:
                view.draw(pen, t_ms, turn)
            self.draw_stages(pen, t_ms)
            self.draw_foot(pen, t_ms)
            yield picture, length

    def draw_stages(self, pen: ImageDraw.ImageDraw, t_ms: float) -> None:
        """Draw the four stages of the picture as a line of time, as far as it is reached, with the present one
        bright."""
        if not self.stages:
            return
        pen.rectangle((0, STAGES, WIDTH, STAGES + 36), fill=GROUND)
        begins = [*self.stages.items()]
        now = max((begin for _, begin in begins if begin <= t_ms + 1e-6), default=0.0)
        x, room = float(MARGIN), WIDTH - 2 * MARGIN - STAGE * len(begins)
        colour = COLOURS["one"][0]
        for n, (name, begin) in enumerate(begins):
            end = begins[n + 1][1] if n + 1 < len(begins) else self.total
            width = STAGE + room * (end - begin) / (self.total or 1.0)
            part = 1.0 if t_ms >= end else max(0.0, (t_ms - begin) / ((end - begin) or 1.0))
            pen.rectangle((x, STAGES, x + width - 5, STAGES + 2), fill=SPECK)
            if begin <= t_ms + 1e-6 and part:
                pen.rectangle((x, STAGES, x + (width - 5) * part, STAGES + 2), fill=colour)
            ink = INK if begin == now else QUIET if begin < now else DRAFT
            pen.text((x, STAGES + 9), name, ink, face("prose", 20, 600))
            x += width

    def draw_foot(self, pen: ImageDraw.ImageDraw, t_ms: float) -> None:
        """Draw the clock, the factor and, at the end, what came out or why the run is incomplete."""
        foot = self.size[1] - 44
        pen.rectangle((0, foot - 66, *self.size), fill=GROUND)
        if t_ms >= self.total:
            for said, y, weight in zip(conclusion(self.trace), (foot - 62, foot - 34), (600, 400)):
                font = face_for(said, face("prose", 20, weight))
                pen.text((MARGIN, y), fitted(said, font, WIDTH - 2 * MARGIN), INK, font)
        pen.text((MARGIN, foot), f"{t_ms:,.0f} of {self.total:,.0f} ms", INK, face("mono", 18))
        part = f"{LANES} of {len(self.trace.lanes)} lanes  ·  " if len(self.trace.lanes) > LANES else ""
        served = [lane.title for lane in self.lanes if remote_of(lane) is not None]
        wall = f"{listed(served)}: {WALL}  ·  " if served else ""
        note = f"{part}{wall}{spoken(self.factor)}  ·  recorded{origin(self.trace)}"
        font = face("prose", 18)
        pen.text((WIDTH - MARGIN, foot), fitted(note, font, WIDTH - 2 * MARGIN - CLOCK), QUIET, font, anchor="ra")

    def notes(self) -> list[str]:
        """What the pictures cannot show, in sentences."""
        notes = []
        if len(self.trace.lanes) > LANES:
            notes.append(f"The pictures show the first {LANES} of {len(self.trace.lanes)} lanes; HTML shows all.")
        letters = title(self.trace) + "".join({change.text for frame in self.trace.frames for change in frame.changes})
        if boxes := drawn_as_boxes(shown(letters), face("mono", SLOT)):
            named = " ".join(map(in_sight, boxes[:8]))
            notes.append(
                f"No font of this system has {named}{' …' if len(boxes) > 8 else ''}, drawn as boxes; HTML uses the reader's fonts."
            )
        return notes


class LaneView:
    """One lane's part of the picture. A row of slots is redrawn only if one of its slots has changed."""

    def __init__(self, lane: LaneAt, x: int, y: int, width: int):
        self.at, self.x, self.y, self.width = lane, x, y, width
        self.colours = colours_of(lane.lane)
        self.rows: dict[int, list] = {}  # the slots of each row when it was last drawn

    def draw(self, pen: ImageDraw.ImageDraw, t_ms: float, turn: int) -> None:
        """Draw the lane at a time (ms on the run's clock). ``turn`` counts the pictures; noise changes with it."""
        self.at.go(t_ms)
        self.draw_head(pen, t_ms)
        lane, end, over = self.at.lane, self.at.end, self.at.over
        cells = [None if self.unwritten(at, cell) else cell for at, cell in enumerate(self.at.cells)]
        slots = [
            (cell, lane.prompt + at in self.at.fresh, at > end or at >= over, at == end, self.signs(at, cell, turn))
            for at, cell in enumerate(cells)
        ]
        for row in range(-(-len(slots) // COLUMNS)):
            look = slots[row * COLUMNS : (row + 1) * COLUMNS]
            if self.rows.get(row) != look:
                self.rows[row] = look
                self.draw_row(pen, row, look)

    def draw_head(self, pen: ImageDraw.ImageDraw, t_ms: float) -> None:
        """Draw the lane's name, its clock and its passes."""
        x, y, width, colour = self.x, self.y, self.width, self.colours[0]
        frame = self.at.frame
        done = frame is not None and frame.phase == "final"
        passes = 0 if frame is None else frame.i
        lane = self.at.lane
        over = done or (self.at.fault and self.at.at_end)
        failed = ", failed" if over and not done else ""
        clock = f"{min(t_ms, frame.t_ms if over and frame else t_ms):,.0f} ms"
        figures = f"{clock}, {counted(lane, passes)}{failed}" if frame else failed.removeprefix(", ")
        room = width - face("mono", 17).getlength(figures) - 16
        pen.rectangle((x, y, x + width, y + 50), fill=GROUND)
        pen.rectangle((x, y, x + width, y + 1), fill=colour)
        name = lane.title
        pen.text((x, y + 14), fitted(name, face("prose", 21, 600), room), INK, face("prose", 21, 600))
        pen.text((x + width, y + 17), figures, colour if done else QUIET, face("mono", 17), anchor="ra")

    def signs(self, at: int, cell: Change | None, turn: int) -> str:
        """The signs of noise in an open position without a draft; empty for another."""
        bare = cell is not None and cell.state in NOISE and not cell.text.strip() and self.at.lane.kind != "ar"
        return scrambled(at, turn) if bare else ""

    def unwritten(self, at: int, cell: Change | None) -> bool:
        """Whether the lane is done and the cell, after the end of the text, was never settled."""
        done = self.at.frame is not None and self.at.frame.phase == "final"
        return done and at > self.at.end and cell is not None and cell.state not in SETTLED

    def draw_row(self, pen: ImageDraw.ImageDraw, row: int, slots: list) -> None:
        """Draw a row of slots, each (cell, changed by the last pass, after the reply, the end token,
        signs of noise)."""
        across, y = self.width / COLUMNS, self.y + 56 + row * ROW
        pen.rectangle((self.x, y, self.x + self.width + GUTTER - 1, y + ROW - 1), fill=GROUND)
        for n, (cell, fresh, past, end, signs) in enumerate(slots):
            self.slot(pen, cell, (self.x + n * across, y), across, self.colours, fresh, past, end, signs)

    def slot(
        self,
        pen,
        cell: Change | None,
        box: tuple[float, float],
        width: float,
        colours,
        fresh: bool,
        past: bool,
        end: bool,
        signs: str,
    ) -> None:
        """Draw one slot whose top left corner is ``box``."""
        x, y = box
        colour, unsure, sure = colours
        if cell is None:
            pen.line((x + 4, y + ROW - 12, x + 14, y + ROW - 12), SPECK, 1)
            return
        settled = cell.state in SETTLED
        if not settled:
            specks(pen, x, y, width, 34 if cell.state in NOISE and not signs else 10)
        if fresh:
            pen.rectangle((x, y, x + width - 3, y + ROW - 4), fill=mixed(GROUND, colour, 0.3))
        if cell.state in NOISE and not cell.text.strip():
            pen.text((x + 3, y + ROW / 2 - 1), signs, DRAFT, face("mono", SLOT), anchor="lm")
            return
        text = "end" if end else shown(cell.text)
        ink = mixed(unsure, sure, cell.confidence if cell.confidence is not None else 1.0) if settled else DRAFT
        if past or end:
            ink = mixed(GROUND, ink, 0.4)
        font = squeezed(text, width - 6)
        pen.text((x + 3, y + ROW / 2 - 1), text, ink, font, anchor="lm")
        if cell.state == "revised":
            pen.line((x + 3, y + ROW - 6, x + 3 + font.getlength(text), y + ROW - 6), ink, 1)


def origin(trace: Trace) -> str:
    """The device and date of the run, in words; empty if the run does not record them."""
    run = trace.run
    device, date = run.get("device_name") or run.get("device"), str(run.get("date") or "")[:10]
    return (f" on {device}" if device else "") + (f", {date}" if date else "")


def colours_of(lane: Lane) -> tuple[Colour, Colour, Colour]:
    """The colours of a lane: (lane, unsure token, sure token)."""
    return COLOURS[slot_of(lane)]


def even(number: int) -> int:
    """The number, or the next one if it is odd: video encoders need even sizes."""
    return number + number % 2


def shown(text: str) -> str:
    """A token's text in its slot, as slotText in assets/stage/slot.js but with symbols that the bundled fonts have."""
    sign = text.replace("\n", "¶")
    sign = sign[1:] if sign.startswith(" ") and len(sign) > 1 else sign
    return sign if sign.strip() or not text else "·"


def in_sight(letter: str) -> str:
    """A letter for a terminal; the name of one that has no picture, which a terminal may obey: "U+001B"."""
    return letter if letter.isprintable() else f"U+{ord(letter):04X}"


def squeezed(text: str, room: float) -> ImageFont.FreeTypeFont:
    """The font for a token in a slot ``room`` px wide. A long token gets a smaller font and is never cut."""
    sizes = (face_for(text, face("mono", size)) for size in range(SLOT, 8, -1))
    return next((font for font in sizes if font.getlength(text) <= room), face_for(text, face("mono", 8)))


def fitted(text: str, font: ImageFont.FreeTypeFont, room: float) -> str:
    """The text, cut to a width of ``room`` px; an ellipsis marks the cut."""
    if font.getlength(text) <= room:
        return text
    # A letter takes at least one pixel, so this first cut is safe and saves the loop below many steps.
    text = text[: max(0, int(room))]
    while text and font.getlength(f"{text}…") > room:
        text = text[:-1]
    return f"{text.rstrip()}…"


def specks(pen: ImageDraw.ImageDraw, x: float, y: float, width: float, many: int) -> None:
    """Draw ``many`` specks of noise. They depend only on the place, so they do not flicker and compress well."""
    seed = int(x) * 73856093 ^ int(y) * 19349663
    for _ in range(many):
        seed = (seed * 1664525 + 1013904223) & 0xFFFFFFFF
        at = (x + 3 + (seed >> 16) % int(width - 9), y + 4 + (seed >> 8) % (ROW - 12))
        pen.rectangle((*at, at[0] + 1, at[1] + 1), fill=SPECK)


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    """The colour between two others; ``share`` is that of the second, 0 to 1."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other))
    return red, green, blue
