"""Draws a race in the terminal with rich, live as its frames arrive."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from playground.console import attempt
from playground.interface import Run
from playground.metrics.lane_metrics import settled_cells
from playground.metrics.table import AR_TWIN, peak_line, rows
from playground.trace.ends import end_of
from playground.trace.events import is_news
from playground.trace.phases import RULES
from playground.trace.served import counted, faults_of, note_of, remote_of
from playground.trace.slots import slot_of
from playground.trace.tokenizers import share_tokenizer
from playground.trace.trace import SETTLED, Change, Frame, Lane, Trace

REDRAW_S = 1 / 30  # seconds between two drawings, at least
COLOURS = {"one": "#56B4E9", "two": "#E69F00", "three": "#009E73"}  # Okabe and Ito's blue, orange, green, by slot


def show_race(run: Run, console: Console | None = None, whole: Callable[[Trace], None] = lambda trace: None) -> Trace:
    """Play a run to its end and return its trace.

    Drawing happens between two passes, never during one, because a pass is timed. ``whole`` is called with the
    complete trace before its verdict is printed. If the terminal fails, for example because its window is closed, the
    drawing ends and the run goes on.
    """
    screen = _Screen(console or Console())
    if run.notice:
        screen.print(Text("\n".join([run.notice, *(f"  {offer}" for offer in run.offers)])))
    picture = _Picture(run.trace)
    with screen.live(picture):
        drawn = 0.0
        for frame in run.frames():
            picture.add(frame)
            if time.monotonic() - drawn >= REDRAW_S:
                screen.refresh()
                drawn = time.monotonic()
        screen.refresh()
    whole(run.trace)
    if run.trace.verdict:
        screen.print(Text("\n".join(finish_lines(run.trace.verdict))), figures_table(run.trace))
        if disturbed := run.trace.verdict.get("disturbed"):
            screen.print(Text(disturbed, style="yellow"))
        if peak := run.trace.verdict.get("peak"):
            screen.print(Text(peak_line(peak), style="dim"))
    return run.trace


def finish_lines(verdict: Mapping[str, Any]) -> list[str]:
    """The finish lines of a verdict, each with its reason; its one line where it has none."""
    lines = [" ".join(filter(None, (one["line"], one.get("why")))) for one in verdict.get("finish") or ()]
    return lines or [verdict["line"]]


class _Screen:
    """A terminal; after it fails once, nothing more is drawn on it."""

    def __init__(self, console: Console):
        self._console, self._works = console, True
        self._live: Live | None = None

    def print(self, *things: object) -> None:
        self._draw(lambda: self._console.print(*things))

    @contextmanager
    def live(self, picture: RenderableType) -> Iterator[None]:
        """Show a picture on the screen while the block runs."""
        live = self._live = Live(picture, console=self._console, auto_refresh=False)
        self._draw(live.start)
        try:
            yield
        finally:
            self._draw(live.stop)

    def refresh(self) -> None:
        if self._live:
            self._draw(self._live.refresh)

    def _draw(self, action: Callable[[], None]) -> None:
        self._works = self._works and attempt(action)


def figures_table(trace: Trace) -> Table:
    """The figures in the verdict of a finished race, one column per lane."""
    assert trace.verdict is not None, "the race is finished"
    lanes = trace.verdict["lanes"]
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("")
    for key in lanes:
        lane = trace.lane(key)
        table.add_column(lane.title, justify="right", header_style=f"bold {COLOURS[slot_of(lane)]}")
    for label, texts in rows(lanes, trace.verdict.get("scorer") or AR_TWIN, share_tokenizer(trace.lanes)):
        table.add_row(Text(label, style="dim"), *texts)
    return table


class _Picture:
    """Both lanes as panels, drawn from the frames received so far."""

    def __init__(self, trace: Trace):
        self._trace, self._lanes = trace, trace.lanes
        self._cells: dict[str, dict[int, Change]] = {lane.key: {} for lane in trace.lanes}
        self._start: dict[str, dict[int, Change]] = {}  # the cells of frame 0
        self._fresh: dict[str, set[int]] = {}  # positions that the latest frame changed
        self._latest: dict[str, Frame] = {}

    def add(self, frame: Frame) -> None:
        """Apply a frame's changes to its lane."""
        cells = self._cells[frame.lane]
        self._fresh[frame.lane] = {
            at.position for at in frame.changes if frame.i and is_news(cells.get(at.position), at)
        }
        cells.update((change.position, change) for change in frame.changes)
        self._start.setdefault(frame.lane, dict(cells))
        self._latest[frame.lane] = frame

    def __rich__(self) -> Table:
        grid = Table.grid(expand=True, padding=(0, 1))
        for _ in self._lanes:
            grid.add_column(ratio=1)
        grid.add_row(*(self._panel(lane) for lane in self._lanes))
        return grid

    def _panel(self, lane: Lane) -> Panel:
        frame = self._latest.get(lane.key)
        if frame is None:
            return Panel(Text(faults_of(self._trace).get(lane.key, "")), title=lane.title)
        fresh = self._fresh[lane.key]
        text, end = Text(), end_of(self._cells[lane.key], lane)
        for position, cell in sorted(self._cells[lane.key].items()):
            if position > end and frame.phase == "final" and cell.state not in SETTLED:
                continue  # no text was written after the end token
            if cell.state != "prompt" and text and position == lane.prompt and remote_of(lane) is not None:
                text.append("\n")  # what a server is sent and what it answers are two texts
            text.append(
                cell.text or ("░" if cell.state in ("noise", "draft") else ""),
                style=self._style(lane, cell, position in fresh),
            )
        figures = Text(
            f"{self._state(lane, frame)}\n{frame.t_ms:,.0f} ms   {counted(lane, frame.i)}   {self._rates(lane, frame)}",
            style="dim",
        )
        return Panel(Group(text, Text(""), figures), title=lane.title, border_style=COLOURS[slot_of(lane)])

    def _state(self, lane: Lane, frame: Frame) -> str:
        """The phase and its rule; of a served lane, whose share of the text is unknown, what its figures are."""
        if remote_of(lane) is None:
            return f"{frame.phase}: {RULES[frame.phase]}"
        return faults_of(self._trace).get(lane.key) or note_of(lane)

    def _rates(self, lane: Lane, frame: Frame) -> str:
        """The tokens a second; on a line of their own, after the characters, where the lanes' tokens differ."""
        written = settled_cells(self._cells[lane.key], lane, self._start[lane.key])
        seconds = frame.t_ms / 1000 or math.inf
        tokens, characters = (count / seconds for count in (len(written), sum(len(cell.text) for cell in written)))
        said = f"{tokens:,.0f} tok/s" if remote_of(lane) is None else ""  # a chunk is no token
        return said if share_tokenizer(self._lanes) else f"\n{characters:,.0f} characters/s   {said}"

    @staticmethod
    def _style(lane: Lane, cell: Change, fresh: bool) -> str:
        if cell.state == "prompt":
            return "dim"
        if cell.state in ("draft", "noise"):
            return f"dim italic {COLOURS[slot_of(lane)]}"
        return f"bold reverse {COLOURS[slot_of(lane)]}" if fresh else f"bold {COLOURS[slot_of(lane)]}"
