"""What a class guesses before a run: votes by room and exercise. They are in memory only, without names, and are gone
when the server ends."""

from __future__ import annotations

import secrets
import threading
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Sequence
from typing import Any

from playground.errors import PlaygroundError
from playground.workshops.exercises import Workshop

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"  # without I and O, which look like digits
CODE_LENGTH = 5
MOST_ROOMS = 200  # with one more, a room is forgotten: of those without votes, or else of all, the one longest unused
MOST_VOTERS = 1000  # a room
LONGEST_NAME = 40  # characters of a voter's random name


class Votes:
    """The rooms of a server. Threads may share it."""

    def __init__(self, exercises: Sequence[Workshop]):
        self._choices = {one.id: len(one.choices) for one in exercises}
        # room -> exercise -> voter -> number of the choice
        self._rooms: OrderedDict[str, defaultdict[str, dict[str, int]]] = OrderedDict()
        self._lock = threading.Lock()

    def open(self) -> str:
        """The code of a new room."""
        with self._lock:
            code = "".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH))
            self._rooms[code] = defaultdict(dict)
            if len(self._rooms) > MOST_ROOMS:
                empty = (room for room, votes in self._rooms.items() if room != code and not any(votes.values()))
                del self._rooms[next(empty, None) or next(iter(self._rooms))]
        return code

    def cast(self, room: Any, exercise: Any, voter: Any, choice: Any) -> None:
        """A voter's choice, from 0; a second one replaces the first. Raises PlaygroundError."""
        if not isinstance(voter, str) or not 0 < len(voter) <= LONGEST_NAME:
            raise PlaygroundError("This is no vote of this page. Load the page again.")
        if type(choice) is not int or not 0 <= choice < self._choices.get(exercise, 0):
            raise PlaygroundError("This exercise has no such answer. Load the page again.")
        with self._lock:
            votes = self._of(room)[exercise]
            if voter not in votes and len(votes) >= MOST_VOTERS:
                raise PlaygroundError(f"This vote is full: {MOST_VOTERS:,} have voted.")
            votes[voter] = choice

    def counts(self, room: Any, exercise: Any) -> list[int]:
        """How many chose each answer of an exercise. Raises PlaygroundError."""
        if exercise not in self._choices:
            raise PlaygroundError("There is no such exercise. The list is under Workshops.")
        with self._lock:
            count = Counter(self._of(room)[exercise].values())
        return [count[choice] for choice in range(self._choices[exercise])]

    def _of(self, room: Any) -> defaultdict[str, dict[str, int]]:
        if room not in self._rooms:
            raise PlaygroundError(
                f"There is no vote called {str(room)[:LONGEST_NAME]} here any more: a server that starts again forgets its votes. "
                "Ask for a new link."
            )
        self._rooms.move_to_end(room)
        return self._rooms[room]
