"""What visitors may spend of the host's keys: calls and output tokens, in one place under one lock. No torch.

A run reserves all of its calls before the first is sent, with the most tokens that they can write, and settles them by
what the servers counted. The counts are in memory: a restart begins them anew.

Calls with the host's key count for the visitor's session and for the visitor's address, so neither a new tab nor another
network begins a new hour. Calls of a visitor's own key cost the host nothing; they count only while they run.
"""

from __future__ import annotations

import ipaddress
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from playground.errors import PlaygroundError

HOUR_S, DAY_S = 3600.0, 86400.0
PATIENCE_S = 2.0  # how long a run waits for the visitor's last one to end
AT_ONCE = 8  # calls under way, if the host says nothing
SPARED = 4  # one address leaves a part of these to others: 1/SPARED, and at least one call
SITE = 64  # bits of an IPv6 address that name a visitor's network; the rest is theirs to change
MOST = 1_000_000_000

VARIABLES = {  # field of Bounds -> what it is in the environment
    "hourly": "PLAYGROUND_CALLS_PER_VISITOR_HOUR",
    "daily": "PLAYGROUND_CALLS_PER_DAY",
    "daily_tokens": "PLAYGROUND_TOKENS_PER_DAY",
    "call_tokens": "PLAYGROUND_TOKENS_PER_CALL",
}
TOGETHER = "PLAYGROUND_CALLS_AT_ONCE"
OWN_KEYS = "PLAYGROUND_VISITOR_KEYS"
OFF = ("0", "no", "false", "off")

WAY_ON = "Type a key of your own under Settings, or watch a recorded run."
NO_FIELD = "Race a model that runs here, or watch a recorded run."
SPENT_HOUR = "Your {most} calls of this hour with the key of this page's host are spent; the next is free in {wait}. "
SPENT_DAY = "What visitors may spend of this page's key in a day is spent; some is free again in {wait}. "
TOO_LONG = "With the key of this page's host a reply has at most {most} tokens. Set the length to {most} or less. Or: "
TOO_MANY = "With the key of this page's host a race has at most {most} served model{s}. Race fewer. Or: "
UNDER_WAY = "Your last run still waits for a server. Stop it, or try again when it is done."
TAKEN = "As many calls to servers are under way from your network as it may have at once. Try again in a moment."
BUSY = "As many calls to servers are under way as this page takes at once. Try again in a moment."


@dataclass(frozen=True)
class Bounds:
    """What the host lends to visitors."""

    hourly: int  # calls of a visitor in an hour
    daily: int  # calls of all visitors in a day
    daily_tokens: int  # output tokens of all visitors in a day
    call_tokens: int  # output tokens of one call


@dataclass
class Spent:
    """The calls of one run with the host's key."""

    when: float  # s on the clock of the budget
    session: str
    place: str
    calls: int
    tokens: int  # reserved at first, then as the servers counted


def bounds_of(environ: Mapping[str, str]) -> Bounds | None:
    """The bounds that a host set; None if none is set: then no visitor may use the host's keys. Raises PlaygroundError
    if only some are set, because a bound that is missing is no bound."""
    set_ = {name: variable for name, variable in VARIABLES.items() if environ.get(variable, "").strip()}
    if not set_:
        return None
    if left := [variable for name, variable in VARIABLES.items() if name not in set_]:
        raise PlaygroundError(
            f"{next(iter(set_.values()))} is set, and {' and '.join(left)} {'is' if len(left) == 1 else 'are'} not. Set "
            "all four, or none: visitors may use your keys only within bounds."
        )
    return Bounds(**{name: whole(environ, variable) for name, variable in VARIABLES.items()})


def whole(environ: Mapping[str, str], variable: str) -> int:
    """A whole number above 0 of the environment. Raises PlaygroundError."""
    text = environ[variable].strip()
    if not (text.isascii() and text.isdecimal() and 0 < int(text[:12]) <= MOST):
        raise PlaygroundError(f"{variable} must be a whole number from 1 to {MOST:,}, not {text[:20]!r}.")
    return int(text)


class Reservation:
    """The calls of one run: they are under way until ``close``."""

    def __init__(self, budgets: Budgets, session: str, place: str, calls: int, spent: Spent | None) -> None:
        self._budgets, self.session, self.place, self.calls, self.spent = budgets, session, place, calls, spent

    def close(self, tokens: int | None) -> None:
        """End the calls. A second call does nothing. tokens: the output tokens that were paid for; None if nothing was
        sent, and then nothing counts."""
        self._budgets.settle(self, tokens)


class Budgets:
    """The one place where calls to servers are counted. Every method may be called from any thread.

    bounds: None lends nothing. most: calls of all visitors at once, whoever pays. own_keys: whether visitors may give
    keys here. clock: in seconds.
    """

    def __init__(
        self,
        bounds: Bounds | None = None,
        most: int = AT_ONCE,
        own_keys: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.bounds, self.own_keys = bounds, own_keys
        self._most, self._clock = most, clock
        self._moved = threading.Condition()
        self._under_way: list[Reservation] = []
        self._spent: deque[Spent] = deque()  # of the last day, the oldest first

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Budgets:
        """As the host's environment says. Raises PlaygroundError."""
        most = whole(environ, TOGETHER) if environ.get(TOGETHER, "").strip() else AT_ONCE
        return cls(bounds_of(environ), most, environ.get(OWN_KEYS, "").strip().lower() not in OFF)

    def reserve(self, session: str, address: str, calls: int, lent: int, tokens: int) -> Reservation:
        """Reserve the calls of a run before any is sent. Raises PlaygroundError, and then nothing is reserved.

        session: of the visitor's page, "" if unknown: then the address stands for it. calls: all of the run. lent: of
        these, with the host's key. tokens: the most that one call may write.
        """
        place = site(address)
        session = session or f"from {place}"
        with self._moved:
            if not self._moved.wait_for(lambda: not self._has(session), PATIENCE_S):
                raise PlaygroundError(UNDER_WAY)
            if sum(one.calls for one in self._under_way) + calls > self._most:
                raise PlaygroundError(BUSY)
            theirs = sum(one.calls for one in self._under_way if one.place == place)
            if theirs and theirs + calls > self._most - max(1, self._most // SPARED):
                raise PlaygroundError(TAKEN)
            spent = self._lend(Spent(self._clock(), session, place, lent, lent * tokens), tokens) if lent else None
            reservation = Reservation(self, session, place, calls, spent)
            self._under_way.append(reservation)
            return reservation

    def settle(self, reservation: Reservation, tokens: int | None) -> None:
        """See Reservation.close."""
        with self._moved:
            if reservation not in self._under_way:
                return
            self._under_way.remove(reservation)
            if reservation.spent:
                if tokens is None:
                    reservation.spent.calls = reservation.spent.tokens = 0
                else:
                    reservation.spent.tokens = tokens
            self._moved.notify_all()

    def _has(self, session: str) -> bool:
        return any(one.session == session for one in self._under_way)

    def _lend(self, wanted: Spent, tokens: int) -> Spent:
        """Count calls with the host's key. Raises PlaygroundError."""
        bounds, now = self.bounds, wanted.when
        if bounds is None:
            raise ValueError("Nothing is lent here.")
        way = WAY_ON if self.own_keys else NO_FIELD
        most = min(bounds.hourly, bounds.daily, bounds.daily_tokens // max(1, tokens))
        if tokens > min(bounds.call_tokens, bounds.daily_tokens):
            raise PlaygroundError(TOO_LONG.format(most=min(bounds.call_tokens, bounds.daily_tokens)) + lower(way))
        if wanted.calls > most:
            raise PlaygroundError(TOO_MANY.format(most=most, s="s" * (most > 1)) + lower(way))
        while self._spent and self._spent[0].when <= now - DAY_S:
            self._spent.popleft()
        day = [one for one in self._spent if one.calls]
        theirs = [
            one
            for one in day
            if one.when > now - HOUR_S and (one.session == wanted.session or one.place == wanted.place)
        ]
        if sum(one.calls for one in theirs) + wanted.calls > bounds.hourly:
            wait = in_words(theirs[0].when + HOUR_S - now)
            raise PlaygroundError(SPENT_HOUR.format(most=bounds.hourly, wait=wait) + way)
        if (
            sum(one.calls for one in day) + wanted.calls > bounds.daily
            or sum(one.tokens for one in day) + wanted.tokens > bounds.daily_tokens
        ):
            raise PlaygroundError(SPENT_DAY.format(wait=in_words(day[0].when + DAY_S - now)) + way)
        self._spent.append(wanted)
        return wanted


def lower(sentence: str) -> str:
    """A sentence that goes on after a colon."""
    return sentence[0].lower() + sentence[1:]


def site(address: str) -> str:
    """What stands for the visitor's machine: an IPv4 address, or the network of an IPv6 address, within which one visitor
    has any number of addresses."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, SITE), strict=False))
    return str(found)


def in_words(seconds: float) -> str:
    """A time to wait, rounded up."""
    minutes = max(1, -int(-seconds // 60))
    hours = -(-minutes // 60)
    return f"{minutes} minute{'s' * (minutes > 1)}" if minutes <= 90 else f"{hours} hours"
