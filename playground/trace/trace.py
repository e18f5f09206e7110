"""The record of a run: its lanes, and frames that hold what changed in each pass, with times.

The stage plays it, charts read it, run files hold it, tests compare it. Plain data: no model, no torch, no page.

JSON form, version 1::

    {"version": 1, "run": {...}, "lanes": [{"key", "kind", "title", "prompt", "length", ...}],
     "frames": [{"lane", "i", "t_ms", "ms", "changes": [[position, text, confidence, state, id], ...],
                 "top": {"position": [[text, probability], ...]}, "open", "entropy", "phase"}],
     "verdict": {...} or null, "ended": "done" | "stopped" | "limit" | "error" | "cut off" | null}

Positions count from the first prompt token. Frame 0 of a lane (t_ms = ms = 0, no pass) holds the prompt and the initial
canvas; each later frame is exactly one forward pass, or one arrival in a served lane (trace/served.py). ``t_ms`` is the
lane's own clock after it: the sum of ``ms`` so far. ``text`` is what a reader sees. Where several tokens form one character, the first of them carries the
whole text and the others carry an empty text.
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
)  # of run files; the page's checker reads the same schema
LONGEST = SCHEMA[
    "x-positions"
]  # positions of a lane in a run file: more than any model here writes. Whatever draws a lane can draw this many

State = Literal["prompt", "noise", "draft", "committed", "revised", "remasked", "pinned"]
STATES: tuple[str, ...] = get_args(State)
SETTLED = frozenset({"prompt", "committed", "revised", "pinned"})
PHASES = ("noise", "rough", "clear", "final")
ENDINGS = ("done", "stopped", "limit", "error", "cut off")  # "cut off": the rest of the run was never received


check_data = checker(SCHEMA)


class TraceError(ValueError):
    """A trace contradicts itself or the schema. The message names the place and the rule that it breaks."""


def quoted(value: Any) -> str:
    """A value from a run file, for a message. At most 40 characters, because anyone may have written the file."""
    return repr(str(value)[:40])


class Change(NamedTuple):
    """One position after a pass."""

    position: int  # counted from the first prompt token
    text: str  # what a reader sees; empty where an earlier token carries the whole character
    confidence: float | None  # the model's probability of the token, in [0, 1]; None where no model was asked
    state: State
    id: int  # of the token


@dataclass(frozen=True)
class Frame:
    """One forward pass of one lane, or one arrival in a served lane, or the start of either (i = 0).

    ``top`` holds, for each changed position, the likeliest tokens as (text, probability), best first.
    """

    lane: str  # key of the lane
    i: int  # number of the pass within the lane
    t_ms: float  # the lane's clock after this pass
    ms: float  # time of this pass alone
    changes: tuple[Change, ...]  # what differs from the frame before
    open: int  # positions that are not settled
    entropy: float | None = None  # in nats, mean over the positions that this pass predicted; None if it predicted none
    top: Mapping[int, tuple[tuple[str, float], ...]] = field(default_factory=dict)  # by position
    phase: str = "noise"  # one of PHASES

    def to_json(self) -> dict[str, Any]:
        """The frame as JSON data. Times are rounded to 0.001 ms, probabilities and entropies to four digits."""
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
        """Build a frame from data that the schema has accepted. Texts are interned, so each is held in memory once."""
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
    """One competitor of a run."""

    key: str  # its name within the run
    kind: str  # "diffusion" or "ar"
    title: str  # its name for a reader
    prompt: int  # tokens of the prompt
    length: int  # tokens of the canvas, after the prompt; of a served lane the most places that it may fill
    about: Mapping[str, Any] = field(default_factory=dict)  # settings and the model's name, for captions and citations

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Lane:
        """Build a lane from data that the schema has accepted."""
        return cls(
            data["key"], data["kind"], data["title"], int(data["prompt"]), int(data["length"]), dict(data["about"])
        )


@dataclass
class Trace:
    """A run. Its frames are appended one by one."""

    run: dict[str, Any]  # what is needed to cite and repeat the run
    lanes: tuple[Lane, ...]
    frames: list[Frame] = field(default_factory=list)
    verdict: dict[str, Any] | None = None  # see metrics/verdict.py
    ended: str | None = None  # one of ENDINGS; None while the run goes on

    def lane(self, key: str) -> Lane:
        """The lane with this key. Raises StopIteration if there is none."""
        return next(lane for lane in self.lanes if lane.key == key)

    def frames_of(self, key: str) -> list[Frame]:
        """The frames of one lane, in order."""
        return [frame for frame in self.frames if frame.lane == key]

    def canvas(self, key: str, i: int | None = None) -> dict[int, Change]:
        """The latest change of every position of a lane after frame ``i`` (None: the last frame), by position."""
        cells: dict[int, Change] = {}
        for frame in self.frames_of(key):
            if i is not None and frame.i > i:
                break
            cells.update((change.position, change) for change in frame.changes)
        return cells

    def text(self, key: str, i: int | None = None, end: int | None = None) -> str:
        """What the lane has written after frame ``i``: the canvas without the prompt, up to the first settled token
        whose id is ``end``."""
        words = []
        for _, change in sorted(self.canvas(key, i).items()):
            if change.state == "prompt":
                continue
            if change.id == end and change.state in SETTLED:
                break
            words.append(change.text)
        return "".join(words)

    def graft(self, branch: Trace) -> tuple[str, ...]:
        """Add the lanes and frames of a run that branched off a frame of this one. Returns the new keys of these lanes.

        Each such lane names its origin in ``about["parent"]``: {"run", "lane", "frame", "edits"}. Raises TraceError
        if a lane did not branch off this run.
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
        """Check that the parts agree: order of frames, clocks and positions (as ``damage`` in
        assets/page/trace_check.js does), states and phases. Returns the trace itself. Raises TraceError."""
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
        """The run as JSON data, in the form that the module's docstring describes."""
        return {
            "version": VERSION,
            "run": self.run,
            "lanes": [lane.to_json() for lane in self.lanes],
            "frames": [frame.to_json() for frame in self.frames],
            "verdict": self.verdict,
            "ended": self.ended,
        }

    def dumps(self) -> str:
        """The text of a run file."""
        return "".join(self.pieces())

    def pieces(self) -> Iterator[str]:
        """The JSON text of ``to_json`` in pieces, one per frame."""
        rest = replace(self, frames=[]).to_json()
        del rest["frames"]
        yield _json(rest)[:-1] + ',"frames":['
        for at, frame in enumerate(self.frames):
            yield ("," if at else "") + _json(frame.to_json())
        yield "]}"

    @classmethod
    def from_json(cls, data: Any) -> Trace:
        """Read JSON data and validate it. Raises TraceError for another version, and for data that breaks a rule."""
        return cls._taken(
            dict(data, frames=list(data["frames"]))
            if isinstance(data, dict) and isinstance(data.get("frames"), list)
            else data
        )

    @classmethod
    def _taken(cls, data: Any) -> Trace:
        """As ``from_json``, but each frame is removed from ``data`` as it is read, so that memory never holds a long
        run twice."""
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
        """Read a run file's text. Raises TraceError."""
        return cls._taken(_parsed(text))

    @classmethod
    def read(cls, data: bytes) -> Trace:
        """Read a run file's bytes: UTF-8, or any encoding that starts with a byte order mark. Raises TraceError."""
        if len(data) > SCHEMA["x-bytes"]:
            raise TraceError("This file is larger than any run. Open a run saved by this playground.")
        try:
            return cls._taken(_parsed(text_of(data)))  # frees the text before the frames are built
        except UnicodeDecodeError:
            raise TraceError("This file is not text. Open a run saved by this playground.") from None


def _json(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def _parsed(text: str) -> Any:
    """A run file's text as JSON data. Raises TraceError."""
    try:
        return read_json(text)
    except json.JSONDecodeError as error:
        raise TraceError(
            f"This file is not JSON (line {error.lineno}). Open a run saved by this playground."
        ) from error
    except (ValueError, RecursionError):  # NaN or Infinity; brackets nested too deeply
        raise TraceError("This file is not JSON of a run. Open a run saved by this playground.") from None


def _damaged(what: str) -> TraceError:
    return TraceError(f"This run file is damaged: {what}. Save the run again as JSON.")
