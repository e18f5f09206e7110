"""The one record of a run: lanes and frames of small changes, with times.

The stage plays it, the charts read it, files hold it, tests compare it. Plain data: no model, no torch, no page.

JSON form, version 1::

    {"version": 1, "run": {...}, "lanes": [{"key", "kind", "title", "prompt", "length", ...}],
     "frames": [{"lane", "i", "t_ms", "ms", "changes": [[position, text, confidence, state, id], ...],
                 "top": {"position": [[text, probability], ...]}, "open", "entropy", "phase"}],
     "verdict": {...} or null, "ended": "done" | "stopped" | "limit" | "error" | "cut off" | null}

Positions count from the first prompt token. Frame 0 of a lane (t_ms = ms = 0, no pass) holds the prompt and the initial
canvas; each later frame is exactly one forward pass. ``t_ms`` is the lane's own clock after the pass, so ``t_ms`` is the
sum of ``ms``. ``text`` is what a reader sees: tokens that hold only part of a character are joined to the first of them,
and the others carry an empty text.
"""
from __future__ import annotations

import itertools
import json
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal, Mapping, NamedTuple, get_args

VERSION = 1
LONGEST = 4096  # positions of a lane in a run file, more than any model here writes; what draws a lane draws every one

State = Literal["prompt", "noise", "draft", "committed", "revised", "remasked", "pinned"]
STATES: tuple[str, ...] = get_args(State)
SETTLED = frozenset({"prompt", "committed", "revised", "pinned"})
PHASES = ("noise", "rough", "clear", "final")
ENDINGS = ("done", "stopped", "limit", "error", "cut off")  # the last: the rest of the run was never received


UNREADABLE = (KeyError, TypeError, ValueError, AttributeError, OverflowError)  # what other data than a run's may raise


class TraceError(ValueError):
    """A trace does not hold together; the message names the place and the rule it breaks."""


class Change(NamedTuple):
    """One position after a pass. confidence is a probability in [0, 1], or None where no model was asked."""

    position: int
    text: str
    confidence: float | None
    state: State
    id: int


@dataclass(frozen=True)
class Frame:
    """One forward pass of one lane (or its start, i = 0).

    t_ms: lane clock after this pass; ms: this pass alone; open: positions not settled; entropy: mean in nats over the
    positions this pass chose tokens for, None where there is none; top: runners-up of changed positions, best first.
    """

    lane: str
    i: int
    t_ms: float
    ms: float
    changes: tuple[Change, ...]
    open: int
    entropy: float | None = None
    top: Mapping[int, tuple[tuple[str, float], ...]] = field(default_factory=dict)
    phase: str = "noise"

    def to_json(self) -> dict[str, Any]:
        return {
            "lane": self.lane, "i": self.i, "t_ms": round(self.t_ms, 3), "ms": round(self.ms, 3),
            "changes": [
                [c.position, c.text, None if c.confidence is None else round(c.confidence, 4), c.state, c.id]
                for c in self.changes
            ],
            "open": self.open, "entropy": None if self.entropy is None else round(self.entropy, 4),
            "top": {str(at): [[text, round(p, 4)] for text, p in rows] for at, rows in self.top.items()},
            "phase": self.phase,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Frame":
        try:
            return cls(
                lane=str(data["lane"]), i=int(data["i"]), t_ms=float(data["t_ms"]), ms=float(data["ms"]),
                changes=tuple(
                    Change(int(at), str(text), None if p is None else float(p), state, int(token))
                    for at, text, p, state, token in data["changes"]
                ),
                open=int(data["open"]), entropy=None if data.get("entropy") is None else float(data["entropy"]),
                top={int(at): tuple((str(t), float(p)) for t, p in rows) for at, rows in data.get("top", {}).items()},
                phase=str(data["phase"]),
            )
        except UNREADABLE as error:
            raise TraceError(f"A frame of this run file cannot be read ({error}). Save the run again as JSON.") from error


@dataclass(frozen=True)
class Lane:
    """What one competitor is: kind is ``diffusion`` or ``ar``; prompt and length count tokens; about holds the settings
    and the model's name, for captions and citations."""

    key: str
    kind: str
    title: str
    prompt: int
    length: int
    about: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Lane":
        try:
            return cls(
                str(data["key"]), str(data["kind"]), str(data["title"]), int(data["prompt"]), int(data["length"]),
                dict(data.get("about", {})),
            )
        except UNREADABLE as error:
            raise TraceError(f"A lane of this run file cannot be read ({error}). Save the run again as JSON.") from error


@dataclass
class Trace:
    """A run, growing frame by frame. ``run`` holds what is needed to cite and repeat it."""

    run: dict[str, Any]
    lanes: tuple[Lane, ...]
    frames: list[Frame] = field(default_factory=list)
    verdict: dict[str, Any] | None = None
    ended: str | None = None

    def lane(self, key: str) -> Lane:
        return next(lane for lane in self.lanes if lane.key == key)

    def frames_of(self, key: str) -> list[Frame]:
        return [frame for frame in self.frames if frame.lane == key]

    def canvas(self, key: str, i: int | None = None) -> dict[int, Change]:
        """Every position of a lane after frame ``i`` (the last one when None)."""
        cells: dict[int, Change] = {}
        for frame in self.frames_of(key):
            if i is not None and frame.i > i:
                break
            cells.update((change.position, change) for change in frame.changes)
        return cells

    def text(self, key: str, i: int | None = None, end: int | None = None) -> str:
        """What the lane wrote: the canvas without the prompt, up to the first ``end`` token id."""
        words = []
        for _, change in sorted(self.canvas(key, i).items()):
            if change.state == "prompt":
                continue
            if change.id == end and change.state in SETTLED:
                break
            words.append(change.text)
        return "".join(words)

    def graft(self, branch: "Trace") -> tuple[str, ...]:
        """Take in the lanes of a run that went on from a frame of this one, under new keys; returns these.

        Every such lane says where it grew in ``about["parent"]``: {"run", "lane", "frame", "edits"}. Raises TraceError for a
        run that did not begin here.
        """
        named = {}
        for lane in branch.lanes:
            parent = lane.about.get("parent")
            origin = parent.get("lane") if isinstance(parent, Mapping) else None
            if origin not in {known.key for known in self.lanes} or parent.get("run") != self.run.get("id"):
                raise TraceError(f"Lane {lane.key!r} does not go on from a lane of this run.")
            taken = {known.key for known in self.lanes} | set(named.values())
            named[lane.key] = next(key for n in itertools.count(1) if (key := f"{origin}.{n}") not in taken)
        self.lanes += tuple(replace(lane, key=named[lane.key]) for lane in branch.lanes)
        self.frames += [replace(frame, lane=named[frame.lane]) for frame in branch.frames]
        return tuple(named.values())

    def validate(self) -> "Trace":
        """Check frame numbers, clocks, states and positions; returns itself. Raises TraceError."""
        keys = {lane.key: lane for lane in self.lanes}
        if len(keys) != len(self.lanes):
            raise TraceError("Two lanes of this run share a key.")
        if any(lane.prompt < 0 or lane.length < 0 for lane in self.lanes):
            raise TraceError("A lane of this run has a negative length.")
        if any(lane.prompt + lane.length > LONGEST for lane in self.lanes):
            raise TraceError(f"A lane of this run has more than {LONGEST:,} positions. Open one saved by this playground.")
        last: dict[str, Frame] = {}
        for frame in self.frames:
            lane, before = keys.get(frame.lane), last.get(frame.lane)
            if lane is None:
                raise TraceError(f"Frame {frame.i} belongs to lane {frame.lane!r}, which the run does not list.")
            where = f"Frame {frame.i} of lane {frame.lane}"
            if frame.i != (0 if before is None else before.i + 1):
                raise TraceError(f"{where} is out of order or a frame before it is missing.")
            clock = 0.0 if before is None else before.t_ms
            if not (frame.ms >= 0 and abs(clock + frame.ms - frame.t_ms) < 0.01 + 1e-6 * frame.t_ms):
                raise TraceError(f"{where}: its clock is not the clock before it plus its own pass.")
            if frame.phase not in PHASES:
                raise TraceError(f"{where}: unknown phase {frame.phase!r}.")
            for change in frame.changes:
                if change.state not in STATES:
                    raise TraceError(f"{where}: unknown state {change.state!r}.")
                if not 0 <= change.position < lane.prompt + lane.length:
                    raise TraceError(f"{where}: position {change.position} lies outside the canvas.")
                if change.confidence is not None and not 0 <= change.confidence <= 1:
                    raise TraceError(f"{where}: confidence {change.confidence} is not a probability.")
            last[frame.lane] = frame
        if self.ended is not None and self.ended not in ENDINGS:
            raise TraceError(f"Unknown ending {self.ended!r}.")
        return self

    def to_json(self) -> dict[str, Any]:
        return {
            "version": VERSION, "run": self.run, "lanes": [lane.to_json() for lane in self.lanes],
            "frames": [frame.to_json() for frame in self.frames], "verdict": self.verdict, "ended": self.ended,
        }

    def dumps(self) -> str:
        return json.dumps(self.to_json(), ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, data: Any) -> "Trace":
        """Read and validate. Raises TraceError for another version or anything that does not hold together."""
        if not isinstance(data, Mapping) or data.get("version") != VERSION:
            found = data.get("version") if isinstance(data, Mapping) else None
            raise TraceError(
                f"This is not a run file of version {VERSION} (found {found!r}). Open one saved by this playground."
            )
        if not isinstance(data.get("lanes"), list) or not isinstance(data.get("frames"), list):
            raise TraceError("This run file has no lanes or no frames. Save the run again as JSON.")
        if not isinstance(data.get("run"), Mapping) or not isinstance(data.get("verdict"), Mapping | None):
            raise TraceError("The head of this run file cannot be read. Save the run again as JSON.")
        return cls(
            run=dict(data["run"]), lanes=tuple(Lane.from_json(lane) for lane in data["lanes"]),
            frames=[Frame.from_json(frame) for frame in data["frames"]],
            verdict=data.get("verdict"), ended=data.get("ended"),
        ).validate()

    @classmethod
    def loads(cls, text: str) -> "Trace":
        try:
            data = json.loads(text)
        except json.JSONDecodeError as error:
            raise TraceError(f"This file is not JSON (line {error.lineno}). Open a run saved by this playground.") from error
        except (ValueError, RecursionError):  # a number of thousands of digits; brackets within brackets
            raise TraceError("This file is JSON, but no run. Open a run saved by this playground.") from None
        return cls.from_json(data)
