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
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from sys import intern
from typing import Any, Literal, NamedTuple, cast, get_args

from playground.files import text_of
from playground.trace.schema import Broken, checker, read_json

VERSION = 1
SCHEMA = json.loads(
    (Path(__file__).parent / "trace.schema.json").read_text(encoding="utf-8")
)  # of run files, for the page as well
LONGEST = SCHEMA[
    "x-positions"
]  # of a lane in a run file, more than any model here writes; what draws a lane draws every one

State = Literal["prompt", "noise", "draft", "committed", "revised", "remasked", "pinned"]
STATES: tuple[str, ...] = get_args(State)
SETTLED = frozenset({"prompt", "committed", "revised", "pinned"})
PHASES = ("noise", "rough", "clear", "final")
ENDINGS = ("done", "stopped", "limit", "error", "cut off")  # the last: the rest of the run was never received


check_data = checker(SCHEMA)


class TraceError(ValueError):
    """A trace does not hold together; the message names the place and the rule it breaks."""


def quoted(value: Any) -> str:
    """What stands in a file, for a message: the file is anyone's, so never more than a few words of it."""
    return repr(str(value)[:40])


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
            "lane": self.lane,
            "i": self.i,
            "t_ms": round(self.t_ms, 3),
            "ms": round(self.ms, 3),
            "changes": [
                [c.position, c.text, None if c.confidence is None else round(c.confidence, 4), c.state, c.id]
                for c in self.changes
            ],
            "open": self.open,
            "entropy": None if self.entropy is None else round(self.entropy, 4),
            "top": {str(at): [[text, round(p, 4)] for text, p in rows] for at, rows in self.top.items()},
            "phase": self.phase,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Frame:
        """Read what the schema has passed. A text that comes again and again is held once."""
        return cls(
            lane=intern(data["lane"]),
            i=int(data["i"]),
            t_ms=float(data["t_ms"]),
            ms=float(data["ms"]),
            changes=tuple(
                Change(int(at), intern(text), None if p is None else float(p), cast(State, intern(state)), int(token))
                for at, text, p, state, token in data["changes"]
            ),
            open=int(data["open"]),
            entropy=None if data.get("entropy") is None else float(data["entropy"]),
            top={
                int(at): tuple((intern(text), float(p)) for text, p in rows) for at, rows in data.get("top", {}).items()
            },
            phase=data["phase"],
        )


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
    def from_json(cls, data: Mapping[str, Any]) -> Lane:
        """Read what the schema has passed."""
        return cls(
            data["key"], data["kind"], data["title"], int(data["prompt"]), int(data["length"]), dict(data["about"])
        )


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

    def graft(self, branch: Trace) -> tuple[str, ...]:
        """Take in the lanes of a run that went on from a frame of this one, under new keys; returns these.

        Every such lane says where it grew in ``about["parent"]``: {"run", "lane", "frame", "edits"}. Raises TraceError for a
        run that did not begin here.
        """
        named: dict[str, str] = {}
        for lane in branch.lanes:
            parent = lane.about.get("parent")
            origin = (
                parent.get("lane") if isinstance(parent, Mapping) and parent.get("run") == self.run.get("id") else None
            )
            if origin not in {known.key for known in self.lanes}:
                raise TraceError(f"Lane {quoted(lane.key)} does not go on from a lane of this run.")
            taken = {known.key for known in self.lanes} | set(named.values())
            named[lane.key] = next(key for n in itertools.count(1) if (key := f"{origin}.{n}") not in taken)
        self.lanes += tuple(replace(lane, key=named[lane.key]) for lane in branch.lanes)
        self.frames += [replace(frame, lane=named[frame.lane]) for frame in branch.frames]
        return tuple(named.values())

    def validate(self) -> Trace:
        """Check what holds between the parts: order of frames, clocks, positions (as ``damage`` in assets/page/trace_check.js), and states and
        phases; returns itself. Raises TraceError."""
        lanes = {lane.key: lane for lane in self.lanes}
        if len(lanes) != len(self.lanes):
            raise _damaged("two lanes share a key")
        if any(lane.prompt + lane.length > LONGEST for lane in self.lanes):
            raise _damaged(f"a lane has more than {LONGEST} positions")
        last: dict[str, Frame] = {}
        for at, frame in enumerate(self.frames):
            lane, before = lanes.get(frame.lane), last.get(frame.lane)
            if lane is None:
                raise _damaged(f"frames[{at}] belongs to no lane")
            if frame.i != (0 if before is None else before.i + 1):
                raise _damaged(f"frames[{at}] is out of order, or a frame before it is missing")
            clock = 0.0 if before is None else before.t_ms
            if not (frame.ms >= 0 and abs(clock + frame.ms - frame.t_ms) < 0.01 + 1e-6 * frame.t_ms):
                raise _damaged(f"the clock of frames[{at}] is not the clock before it plus its own pass")
            size = lane.prompt + lane.length
            if not all(0 <= change.position < size for change in frame.changes):
                raise _damaged(f"a change in frames[{at}] lies outside the canvas")
            if any(position >= size for position in frame.top):
                raise _damaged(f"an alternative in frames[{at}] lies outside the canvas")
            if frame.phase not in PHASES or not all(change.state in STATES for change in frame.changes):
                raise _damaged(f"frames[{at}] has an unknown phase or state")
            if not all(change.confidence is None or 0 <= change.confidence <= 1 for change in frame.changes):
                raise _damaged(f"a confidence in frames[{at}] is not a probability")
            last[frame.lane] = frame
        if self.ended is not None and self.ended not in ENDINGS:
            raise _damaged("ended must be one of " + ", ".join(ENDINGS))
        return self

    def to_json(self) -> dict[str, Any]:
        return {
            "version": VERSION,
            "run": self.run,
            "lanes": [lane.to_json() for lane in self.lanes],
            "frames": [frame.to_json() for frame in self.frames],
            "verdict": self.verdict,
            "ended": self.ended,
        }

    def dumps(self) -> str:
        return "".join(self.pieces())

    def pieces(self) -> Iterator[str]:
        """The JSON text of ``to_json``, frame by frame."""
        rest = replace(self, frames=[]).to_json()
        del rest["frames"]
        yield _json(rest)[:-1] + ',"frames":['
        for at, frame in enumerate(self.frames):
            yield ("," if at else "") + _json(frame.to_json())
        yield "]}"

    @classmethod
    def from_json(cls, data: Any) -> Trace:
        """Read and validate. Raises TraceError for another version or anything that does not hold together."""
        return cls._taken(
            dict(data, frames=list(data["frames"]))
            if isinstance(data, dict) and isinstance(data.get("frames"), list)
            else data
        )

    @classmethod
    def _taken(cls, data: Any) -> Trace:
        """``from_json``, but each frame is taken out of ``data`` as it is read, so that a long run is not held twice."""
        if not isinstance(data, dict) or isinstance(data.get("version"), bool) or data.get("version") != VERSION:
            raise TraceError(f"This is not a run file of version {VERSION}. Open one saved by this playground.")
        try:
            check_data(data)
        except Broken as broken:
            raise _damaged(str(broken)) from None
        left = data.pop("frames")
        left.reverse()
        return cls(
            run=dict(data["run"]),
            lanes=tuple(Lane.from_json(lane) for lane in data["lanes"]),
            frames=[Frame.from_json(left.pop()) for _ in range(len(left))],
            verdict=data.get("verdict"),
            ended=data.get("ended"),
        ).validate()

    @classmethod
    def loads(cls, text: str) -> Trace:
        """A run file's text. Raises TraceError."""
        return cls._taken(_parsed(text))

    @classmethod
    def read(cls, data: bytes) -> Trace:
        """A run file's bytes, in any encoding that has a mark. Raises TraceError."""
        if len(data) > SCHEMA["x-bytes"]:
            raise TraceError("This file is larger than any run. Open a run saved by this playground.")
        try:
            return cls._taken(_parsed(text_of(data)))  # the text is let go before frames are made of it
        except UnicodeDecodeError:
            raise TraceError("This file is not text. Open a run saved by this playground.") from None


def _json(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def _parsed(text: str) -> Any:
    """JSON data of a run file's text. Raises TraceError."""
    try:
        return read_json(text)
    except json.JSONDecodeError as error:
        raise TraceError(
            f"This file is not JSON (line {error.lineno}). Open a run saved by this playground."
        ) from error
    except (ValueError, RecursionError):  # no number of JSON; brackets within brackets
        raise TraceError("This file is not JSON of a run. Open a run saved by this playground.") from None


def _damaged(what: str) -> TraceError:
    return TraceError(f"This run file is damaged: {what}. Save the run again as JSON.")
