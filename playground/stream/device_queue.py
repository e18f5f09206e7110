"""The line for the device: who may compute now, and how many stand before everyone else. Knows nothing of runs or pages.

A visitor has one place: a second run takes over the first one's. The turn goes round by address: whoever has a run in line already
stands behind those who have none, so many visitors from one address cannot hold up one from another. And when all places are taken,
a newcomer gets the last place of the address that holds most of them, unless it is the newcomer's own.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from playground.errors import PlaygroundError

LONGEST_LINE = 16  # races that may wait or run at once
REPLACED = "This run was ended, because a newer one of yours took its place."
GIVEN_UP = "Many runs of your address wait for this device, so this one's place was given to someone who had none. Try again in a minute."


@dataclass(frozen=True)
class Visitor:
    """Who asks. session: of a page, or of a client of the API; address: of the machine that asks, as far as it is known."""

    session: str
    address: str = ""


class Turnstile:
    """One at a time: lanes are timed, so two races must never share the device."""

    def __init__(self) -> None:
        self._line: list[Ticket] = []  # the first has its turn
        self._moved = threading.Condition()

    def is_full(self) -> bool:
        """Whether all places are taken: whoever comes now is turned away, or takes somebody's."""
        return len(self._line) >= LONGEST_LINE

    def join(self, visitor: Visitor | None = None, end: Callable[[], None] = lambda: None) -> Ticket:
        """Take a place in line. visitor: None for what is no run; it is never replaced. end: asks a run that has its turn to end
        between two passes. Raises PlaygroundError where the line is too long."""
        ticket = Ticket(self, visitor, end)
        with self._moved:
            older = self._latest(visitor)
            if older in self._line[1:]:
                self._line[self._line.index(older)] = ticket
            else:
                self._make_room(visitor)
                self._line.insert(self._place(ticket.address), ticket)
            if older:
                older.lost = REPLACED
                older.end()
            self._moved.notify_all()
        return ticket

    def _latest(self, visitor: Visitor | None) -> Ticket | None:
        """The latest place of a visitor."""
        found = [
            ticket for ticket in self._line if visitor and ticket.visitor and ticket.visitor.session == visitor.session
        ]
        return found[-1] if found else None

    def _place(self, address: object) -> int:
        """Where a newcomer stands: before those whose address has had more places than the newcomer's, but after who has its turn."""
        held: Counter[object] = Counter()
        mine = sum(ticket.address == address for ticket in self._line)
        for place, ticket in enumerate(self._line):
            if place and held[ticket.address] > mine:
                return place
            held[ticket.address] += 1
        return len(self._line)

    def _make_room(self, visitor: Visitor | None) -> None:
        """Take a place from the address that holds most, where all are taken. Raises PlaygroundError where that is not fair."""
        if len(self._line) < LONGEST_LINE:
            return
        held = Counter(ticket.address for ticket in self._line)
        waiting = [ticket for ticket in self._line[1:] if ticket.visitor]
        last = max(reversed(waiting), key=lambda ticket: held[ticket.address], default=None)
        if visitor is None or last is None or held[last.address] <= held[visitor.address] + 1:
            raise PlaygroundError(
                f"{len(self._line)} runs are waiting for this device already. Try again in a minute; what is on the stage "
                "can be played meanwhile."
            )
        last.lost = GIVEN_UP
        self._line.remove(last)


class Ticket:
    """A place in the line of a Turnstile. Whoever holds it must leave()."""

    def __init__(self, turnstile: Turnstile, visitor: Visitor | None, end: Callable[[], None]) -> None:
        self._turnstile = turnstile
        self.visitor, self.end = visitor, end
        self.address: object = visitor.address if visitor else self  # what is no run shares its address with nothing
        self.lost = ""  # why the place was taken away

    def ahead(self) -> int:
        """How many stand before this ticket; 0 means its turn. Raises PlaygroundError where its place was taken away."""
        return self.wait_until_moved(0, 0)

    def wait_until_moved(self, ahead: int, seconds: float) -> int:
        """Wait until fewer than ``ahead`` stand before this ticket, or for ``seconds``; how many stand there now. Raises
        PlaygroundError where its place was taken away."""
        with self._turnstile._moved:
            line = self._turnstile._line
            self._turnstile._moved.wait_for(lambda: self.lost or line.index(self) < ahead, seconds)
            if self.lost:
                raise PlaygroundError(self.lost)
            return line.index(self)

    def leave(self) -> None:
        """Give the place up; a second time does nothing."""
        with self._turnstile._moved:
            if self in self._turnstile._line:
                self._turnstile._line.remove(self)
                self._turnstile._moved.notify_all()
