"""From arrivals to frames: a chunk that adds text is a cell, a snapshot is cut into words. One arrival is one frame.

Of a snapshot, the words up to the first that changed since the last snapshot are settled; the rest is a draft. That is
what was seen, not what the model decided: no server says which words are final before the end.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from playground.served.clean import HIDDEN
from playground.served.reader import Piece
from playground.trace.phases import phase
from playground.trace.trace import SETTLED, Change, Frame, Lane, State

WORD = re.compile(r"[ \t\n\r]*[^ \t\n\r]+|[ \t\n\r]+")  # \s differs between Python and JavaScript
LONGEST = 1000  # characters of a cell in a run file
MOST = 4096  # frames of a lane


def words(text: str) -> list[str]:
    """The words of a text, each with the white space before it, none longer than LONGEST."""
    return [part for word in WORD.findall(text) for part in slices(word)]


def slices(text: str) -> list[str]:
    """A text in slices of at most LONGEST characters."""
    return [text[at : at + LONGEST] for at in range(0, len(text), LONGEST)]


def prompt_cells(prompt: str) -> tuple[Change, ...]:
    """The cells of a prompt, a word each, with ids of their own below those of the reply's ``Cells``."""
    return tuple(Change(at, word, None, "prompt", at) for at, word in enumerate(words(prompt)))


@dataclass
class Cells:
    """The cells of a lane's reply, and the frames in which they change."""

    lane: Lane
    i: int = 0
    t_ms: float = 0.0
    texts: list[str] = field(default_factory=list)  # of the reply's cells, by place
    states: list[State] = field(default_factory=list)
    ids: dict[str, int] = field(default_factory=dict)  # text -> id
    kept: dict[int, int] = field(default_factory=dict)  # place -> id that it had when it last settled
    last: list[str] = field(default_factory=list)  # the words of the last snapshot
    full: bool = False  # whether more came than the lane has room for; the cells hold the text up to there

    def start(self, prompt: tuple[Change, ...]) -> Frame:
        """Frame 0."""
        return Frame(self.lane.key, 0, 0.0, 0.0, prompt, 0)

    def take(self, piece: Piece, t_ms: float) -> Frame:
        """The frame of one arrival."""
        return self._frame(self._snapshot(piece.text) if piece.whole else self._addition(piece.text), t_ms)

    def end(self, t_ms: float) -> Frame:
        """The last frame: every cell settles."""
        changed = [self._set(at, text, "committed") for at, text in enumerate(self.texts)]
        return self._frame(changed, t_ms, ended=True)

    @property
    def open(self) -> int:
        return sum(1 for text, state in zip(self.texts, self.states) if text and state not in SETTLED)

    def _addition(self, text: str) -> list[Change | None]:
        changed = []
        for part in slices(text):
            if len(self.texts) < self.lane.length:
                changed.append(self._set(len(self.texts), part, "committed"))
            else:  # the last cell takes what has no place of its own; it grows, and is not settled as another
                self.kept.pop(len(self.texts) - 1, None)
                changed.append(self._set(len(self.texts) - 1, self._fitting(self.texts[-1] + part), "committed"))
        self.last = []
        return changed

    def _snapshot(self, text: str) -> list[Change | None]:
        found = words(text)
        room = self.lane.length
        if len(found) > room:
            found = [*found[: room - 1], self._fitting("".join(found[room - 1 :]))]
        same = _common(self.last, found)
        self.last = found
        changed: list[Change | None] = []
        for at in range(max(len(found), len(self.texts))):
            word = found[at] if at < len(found) else ""
            changed.append(self._set(at, word, "committed" if at < same and HIDDEN not in word else "draft"))
        return changed

    def _fitting(self, text: str) -> str:
        self.full = self.full or len(text) > LONGEST
        return text[:LONGEST]

    def _set(self, at: int, text: str, state: State) -> Change | None:
        """Put a text at a place of the reply. None if nothing changes there."""
        number = self.ids.setdefault(text, self.lane.prompt + len(self.ids))
        if state == "committed":
            again = at < len(self.texts) and (self.texts[at], self.states[at]) == (text, "revised")
            state = "revised" if again or self.kept.setdefault(at, number) != number else state
            self.kept[at] = number
        if at == len(self.texts):
            self.texts.append(text)
            self.states.append(state)
        elif (self.texts[at], self.states[at]) == (text, state):
            return None
        else:
            self.texts[at], self.states[at] = text, state
        return Change(self.lane.prompt + at, text, None, state, number)

    def _frame(self, changed: list[Change | None], t_ms: float, ended: bool = False) -> Frame:
        now = max(t_ms, self.t_ms)
        ms, self.t_ms, self.i = now - self.t_ms, now, self.i + 1
        self.full = self.full or self.i >= MOST
        is_open = self.open
        settled = sum(1 for text, state in zip(self.texts, self.states) if text and state in SETTLED)
        changes = {change.position: change for change in changed if change is not None}  # the last of each place
        where = phase(settled, settled + is_open, ended)
        return Frame(self.lane.key, self.i, now, ms, tuple(changes.values()), is_open, phase=where)


def _common(before: list[str], now: list[str]) -> int:
    """How many words two texts have in common at their start."""
    return next((at for at, (old, new) in enumerate(zip(before, now)) if old != new), min(len(before), len(now)))
