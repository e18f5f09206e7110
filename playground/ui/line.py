"""The line for the device: who may compute now, and how many stand before everyone else. Knows nothing of runs or pages."""
from __future__ import annotations

import threading

from playground.request import PlaygroundError

LONGEST_LINE = 16  # races that may wait or run at once


class Turnstile:
    """First come, first served, one at a time: lanes are timed, so two races must never share the device."""

    def __init__(self) -> None:
        self._line: list[Ticket] = []
        self._moved = threading.Condition()

    def is_full(self) -> bool:
        """Whether whoever comes now is turned away."""
        return len(self._line) >= LONGEST_LINE

    def join(self) -> "Ticket":
        """Stand at the end of the line. Raises PlaygroundError where it is too long."""
        ticket = Ticket(self)
        with self._moved:
            if len(self._line) >= LONGEST_LINE:
                raise PlaygroundError(
                    f"{len(self._line)} runs are waiting for this device already. Try again in a minute; what is on the stage "
                    "can be played meanwhile."
                )
            self._line.append(ticket)
        return ticket


class Ticket:
    """A place in the line of a Turnstile. Whoever holds it must leave()."""

    def __init__(self, turnstile: Turnstile) -> None:
        self._turnstile = turnstile

    def ahead(self) -> int:
        """How many stand before this ticket; 0 means its turn."""
        with self._turnstile._moved:
            return self._turnstile._line.index(self)

    def wait_until_moved(self, ahead: int, seconds: float) -> int:
        """Wait until fewer than ``ahead`` stand before this ticket, or for ``seconds``; how many stand there now."""
        with self._turnstile._moved:
            line = self._turnstile._line
            self._turnstile._moved.wait_for(lambda: line.index(self) < ahead, seconds)
            return line.index(self)

    def leave(self) -> None:
        """Give the place up; a second time does nothing."""
        with self._turnstile._moved:
            if self in self._turnstile._line:
                self._turnstile._line.remove(self)
                self._turnstile._moved.notify_all()
