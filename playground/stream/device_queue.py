"""The queue for the device: which run may compute now, and how many are ahead of each other run.

A visitor has one place. A second run takes the place of the visitor's first run.

Addresses take turns: the n-th run of an address comes before the (n+1)-th run of every other address, so many
visitors from one address cannot hold up a visitor from another. In a full queue a new visitor takes the last place of
the address that holds the most places, unless its own address would then hold more than that one. This module knows
neither races nor pages.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from playground.errors import PlaygroundError

LONGEST_LINE = 16  # places in the queue, the running race included
REPLACED = "This run was ended, because a newer one of yours took its place."
GIVEN_UP = "Many runs of your address wait for this device, so this one's place was given to someone who had none. Try again in a minute."


@dataclass(frozen=True)
class Visitor:
    """A visitor who wants a run."""

    session: str  # of the page, or of a client of the API
    address: str = ""  # of the visitor's machine; empty if unknown


class Turnstile:
    """The queue. It lets one run compute at a time: lanes are timed, so two races must never share the device."""

    def __init__(self) -> None:
        self._line: list[Ticket] = []  # the first ticket has its turn
        self._moved = threading.Condition()

    def is_full(self) -> bool:
        """Whether all places are taken. A new visitor is then refused, or takes another visitor's place."""
        return len(self._line) >= LONGEST_LINE

    def join(self, visitor: Visitor | None = None, end: Callable[[], None] = lambda: None) -> Ticket:
        """Take a place in the queue.

        visitor: None for work that is not a run, which is never replaced; end: called if a newer run of the same
        visitor replaces this one, so that it ends between two passes. Raises PlaygroundError if the queue is full.
        """
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
        """The last ticket of a visitor; None if there is none."""
        found = [
            ticket for ticket in self._line if visitor and ticket.visitor and ticket.visitor.session == visitor.session
        ]
        return found[-1] if found else None

    def _place(self, address: object) -> int:
        """The index at which a new ticket is inserted: before the first ticket whose address has more places ahead of
        it than the new ticket's address has in all, but after the first ticket, which has its turn."""
        held: Counter[object] = Counter()
        mine = sum(ticket.address == address for ticket in self._line)
        for place, ticket in enumerate(self._line):
            if place and held[ticket.address] > mine:
                return place
            held[ticket.address] += 1
        return len(self._line)

    def _make_room(self, visitor: Visitor | None) -> None:
        """In a full queue, remove the last waiting run of the address that holds the most places. Raises
        PlaygroundError if that address would then have fewer places than the new visitor's."""
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
    """A place in the queue of a Turnstile. Its holder must call ``leave``."""

    def __init__(self, turnstile: Turnstile, visitor: Visitor | None, end: Callable[[], None]) -> None:
        self._turnstile = turnstile
        self.visitor, self.end = visitor, end
        self.address: object = visitor.address if visitor else self  # without a visitor: an address of its own
        self.lost = ""  # why the place was taken away; empty while it was not

    def ahead(self) -> int:
        """The number of tickets ahead of this one; 0 means that it has its turn. Raises PlaygroundError if its place
        was taken away."""
        return self.wait_until_moved(0, 0)

    def wait_until_moved(self, ahead: int, seconds: float) -> int:
        """Wait until fewer than ``ahead`` tickets are ahead of this one, or for ``seconds``. Returns the number ahead
        now. Raises PlaygroundError if its place was taken away."""
        with self._turnstile._moved:
            line = self._turnstile._line
            self._turnstile._moved.wait_for(lambda: self.lost or line.index(self) < ahead, seconds)
            if self.lost:
                raise PlaygroundError(self.lost)
            return line.index(self)

    def leave(self) -> None:
        """Give up the place. A second call does nothing."""
        with self._turnstile._moved:
            if self in self._turnstile._line:
                self._turnstile._line.remove(self)
                self._turnstile._moved.notify_all()
