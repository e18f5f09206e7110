"""A frame of an earlier run, with edits, from which a lane goes on: what makes a branch. Plain data, checked; no torch.

The server keeps no run, so whoever asks sends the frame: ids of all positions, which of them are open or pinned, and the
edits. JSON form::

    {"run": id, "lane": key, "kind": "diffusion" | "ar", "model": key, "frame": i, "prompt": tokens, "ids": [...], "open": [...],
     "pinned": [...], "hidden": [...], "edits": [{"position", "text"} | {"position", "remask": true} | {"position", "pin": true}]}

With ``"settings": {name: value}``, those of the run it comes from, the branch runs with these, whatever else is asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from playground.request.fields import is_text
from playground.request.json_text import from_json
from playground.trace.trace import LONGEST

KINDS = ("diffusion", "ar")
LONGEST_TEXT = 200_000  # characters of a frame as JSON: ids and places of LONGEST positions, and edits


@dataclass(frozen=True)
class Edit:
    """One change to a position: other words (which may cover the positions behind it), a mask in its place, or a pin. Words and
    pins stay; a mask is filled again."""

    position: int
    text: str | None = None
    remask: bool = False
    pin: bool = False


@dataclass(frozen=True)
class Resume:
    """prompt: length of the prompt in tokens; ids: of every position, prompt included; open, pinned and hidden: positions, as
    in Canvas."""

    run: str
    lane: str
    kind: str
    frame: int
    prompt: int
    ids: tuple[int, ...]
    open: tuple[int, ...]
    pinned: tuple[int, ...]
    edits: tuple[Edit, ...]
    hidden: tuple[int, ...] = ()
    model: str = ""

    @classmethod
    def parse(cls, value: Any) -> Resume | None:
        """Read an object, or JSON text of one; None for nothing. Raises ValueError with a sentence."""
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
        )

    def parent(self) -> dict[str, Any]:
        """Where this branch comes from, for the trace."""
        return {"run": self.run, "lane": self.lane, "frame": self.frame, "edits": [asdict(edit) for edit in self.edits]}


def settings_of(value: Any) -> dict[str, Any]:
    """The settings that a frame brings with it, {} where it brings none. The words given to its run are in its ids already."""
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
