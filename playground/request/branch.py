"""A branch: a lane that continues from a frame of an earlier run, with edits. Plain data, checked; no torch.

The server keeps no runs, so the client sends the frame: the ids of all positions, the open and pinned positions, and
the edits. JSON form::

    {"run": id, "lane": key, "kind": "diffusion" | "ar", "model": key, "tokenizer": hash, "frame": i, "prompt": tokens, "ids": [...], "open": [...],
     "pinned": [...], "hidden": [...], "edits": [{"position", "text"} | {"position", "remask": true} | {"position", "pin": true}]}

An optional ``"settings": {name: value}`` holds the settings of the earlier run. They override all others of the
request.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from playground.request.fields import is_text
from playground.request.json_text import from_json
from playground.request.picture import LONGEST as LONGEST_PICTURE
from playground.trace.trace import LONGEST

KINDS = ("diffusion", "ar")
LONGEST_TEXT = 200_000 + LONGEST_PICTURE  # characters of a frame as JSON: LONGEST positions, edits, the run's picture


@dataclass(frozen=True)
class Edit:
    """One change to a position: exactly one of ``text``, ``remask`` and ``pin``."""

    position: int  # counted from the first token of the prompt
    text: str | None = None  # the new words, which are pinned; they may take several positions from this one on
    remask: bool = False  # replace the token with a mask, which the lane fills again
    pin: bool = False  # keep the token for the rest of the run


@dataclass(frozen=True)
class Resume:
    """The frame from which a branch continues."""

    run: str  # id of the earlier run
    lane: str  # key of its lane
    kind: str  # of that lane: "diffusion" or "ar"
    frame: int  # index of the frame in that lane
    prompt: int  # length of the prompt in tokens
    ids: tuple[int, ...]  # the token id of every position, prompt included
    open: tuple[int, ...]  # positions, as in samplers.canvas.Canvas
    pinned: tuple[int, ...]  # positions, as in Canvas
    edits: tuple[Edit, ...]
    hidden: tuple[int, ...] = ()  # positions, as in Canvas
    model: str = ""  # key of the lane's model; empty in frames of older pages
    tokenizer: str = ""  # hash of the lane's tokenizer, of which ``ids`` are tokens; empty in frames of older pages

    @classmethod
    def parse(cls, value: Any) -> Resume | None:
        """Read an object or its JSON text; None for None or empty text. Raises ValueError with a sentence."""
        if isinstance(value, cls) or value is None or value == "":
            return value or None
        if isinstance(value, str):
            if len(value) > LONGEST_TEXT:
                raise ValueError(
                    f"The frame to go on from has {len(value):,} characters; at most {LONGEST_TEXT:,} fit. Edit it on the stage."
                )
            try:
                value = from_json(value, LONGEST_TEXT)
            except ValueError:
                raise ValueError("The frame to go on from is not JSON. Edit it on the stage and try again.") from None
        if not isinstance(value, Mapping):
            raise ValueError("The frame to go on from must be an object with ids, open positions and edits.")
        size = _whole(value, "prompt")
        ids = _list(value, "ids", LONGEST)
        if not 1 <= size < len(ids):
            raise ValueError(
                f"The frame to go on from has {len(ids)} positions, of which the prompt takes {size}. It needs both."
            )
        kind = value.get("kind")
        if kind not in KINDS:
            raise ValueError(f"The lane to go on from must be of kind {' or '.join(KINDS)}.")
        canvas = range(size, len(ids))
        open_positions, pinned, hidden = (_inside(value, name, canvas) for name in ("open", "pinned", "hidden"))
        if both := set(open_positions) & set(pinned) or set(hidden) & {*open_positions, *pinned}:
            raise ValueError(
                f"Position {min(both)} of the frame to go on from is named twice among open, pinned and hidden."
            )
        edits = value.get("edits")
        if not isinstance(edits, (list, tuple)) or len(edits) > LONGEST:
            raise ValueError("The edits of a frame must be a list.")
        return cls(
            run=str(value.get("run", ""))[:64],
            lane=str(value.get("lane", ""))[:64],
            kind=kind,
            frame=_whole(value, "frame"),
            prompt=size,
            ids=ids,
            open=open_positions,
            pinned=pinned,
            edits=tuple(_edit(edit, canvas) for edit in edits),
            hidden=hidden,
            model=str(value.get("model") or "")[:200],
            tokenizer=str(value.get("tokenizer") or "")[:200],
        )

    def parent(self) -> dict[str, Any]:
        """The origin of this branch, for the trace."""
        return {"run": self.run, "lane": self.lane, "frame": self.frame, "edits": [asdict(edit) for edit in self.edits]}


def settings_of(value: Any) -> dict[str, Any]:
    """The settings that a frame carries; {} if it carries none. Settings of given words are reset, because the ids of
    the frame already hold those words. value: as for ``Resume.parse``."""
    if isinstance(value, str):
        try:
            value = from_json(value, LONGEST_TEXT)
        except ValueError:
            return {}
    settings = value.get("settings") if isinstance(value, Mapping) else None
    if not isinstance(settings, Mapping):
        return {}
    return {**settings, "share": 0.0, "places": "", "ending": ""}


def _whole(value: Mapping[str, Any], name: str) -> int:
    number = value.get(name)
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number < 2**31:
        raise ValueError(f"{name} of the frame to go on from must be a whole number of at least 0.")
    return number


def _list(value: Mapping[str, Any], name: str, most: int) -> tuple[int, ...]:
    numbers = value.get(name, [])
    if (
        not isinstance(numbers, (list, tuple))
        or len(numbers) > most
        or any(isinstance(n, bool) or not isinstance(n, int) or not 0 <= n < 2**31 for n in numbers)
    ):
        raise ValueError(f"{name} of the frame to go on from must be a list of at most {most:,} whole numbers.")
    return tuple(numbers)


def _inside(value: Mapping[str, Any], name: str, canvas: range) -> tuple[int, ...]:
    positions = _list(value, name, LONGEST)
    if any(at not in canvas for at in positions):
        raise ValueError(f"A position of {name} lies outside the canvas, {canvas.start} to {canvas.stop - 1}.")
    return positions


def _edit(edit: Any, canvas: range) -> Edit:
    if not isinstance(edit, Mapping) or not isinstance(edit.get("position"), int) or edit["position"] not in canvas:
        raise ValueError(f"Each edit needs a position on the canvas, {canvas.start} to {canvas.stop - 1}.")
    text = edit.get("text")
    chosen = [text is not None, edit.get("remask") is True, edit.get("pin") is True]
    if sum(chosen) != 1 or not (text is None or (isinstance(text, str) and 0 < len(text) <= 200)):
        raise ValueError("An edit is one of: text (up to 200 characters), remask, pin.")
    if text is not None and not is_text(text):
        raise ValueError("The text of an edit holds bytes that are not text. Type it again.")
    return Edit(edit["position"], text, *chosen[1:])
