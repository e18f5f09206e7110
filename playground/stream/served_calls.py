"""The calls of a page's run to servers: who pays for them, and that they are counted before any is sent."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace

from playground.catalog.records import ModelRecord
from playground.errors import PlaygroundError
from playground.interface import Engine
from playground.request.race_request import RaceRequest
from playground.served.budgets import Budgets, Reservation
from playground.served.clean import without
from playground.served.keys import Keys, host_key, is_own, missing, provider
from playground.stream.device_queue import Visitor
from playground.trace.trace import Lane, Trace

NOT_LENT = "{title} takes the key of this page's host, who has not opened it to visitors. Race another model."


@dataclass(frozen=True)
class Calls:
    """The calls of one run."""

    keys: Keys  # those that the run may use
    lent: frozenset[str] = frozenset()  # keys of the records that are asked with the host's key
    tokens: int = 0  # the most that one call may write
    reservation: Reservation | None = None  # None for a run that asks no server

    def close(self, trace: Trace | None) -> None:
        """Settle the run's calls. A second call does nothing. trace: of the run; None if it did not begin."""
        if self.reservation:
            paid = [] if trace is None else [lane for lane in trace.lanes if lane.about.get("model") in self.lent]
            self.reservation.close(None if trace is None else sum(written(lane, self.tokens) for lane in paid))


def reserved(
    budgets: Budgets,
    request: RaceRequest,
    engine: Engine,
    keys: Keys,
    visitor: Visitor | None,
    environ: Mapping[str, str] = os.environ,
) -> Calls:
    """Count the calls that a run will make. Close the result when the run is over. Raises PlaygroundError if a key is
    missing or a bound is reached. Who owns the host's keys has no bounds."""
    if keys.host == "asker's" or not (asked := [record for record in engine.raced(request) if record.served]):
        return Calls(keys)
    keys = replace(keys, fields=budgets.own_keys)
    lent = [record for record in asked if pays_host(record, keys, budgets, environ)]
    who = visitor or Visitor("")
    reservation = budgets.reserve(who.session, who.address, len(asked), len(lent), request.length)
    keys = replace(keys, host="lent" if lent else "none")
    return Calls(keys, frozenset(record.key for record in lent), request.length, reservation)


def pays_host(record: ModelRecord, keys: Keys, budgets: Budgets, environ: Mapping[str, str]) -> bool:
    """Whether a model is asked with the host's key. Raises PlaygroundError if there is no key for it."""
    if keys.refusal and not is_own(record):
        raise PlaygroundError(keys.refusal)
    if keys.get(provider(record)):
        return False
    hosts = bool(host_key(record, environ))
    if hosts and budgets.bounds:
        return True
    if is_own(record):
        if hosts:
            raise PlaygroundError(NOT_LENT.format(title=record.title))
        return False  # it wants no key
    raise PlaygroundError(missing(record, keys))


def written(lane: Lane, most: int) -> int:
    """The output tokens of a lane as its server counted them; ``most`` if it did not."""
    usage = (lane.about.get("remote") or {}).get("usage") or {}
    counted = usage.get("completion_tokens")
    return counted if isinstance(counted, int) and counted >= 0 else most


def hosts_keys(engine: Engine, environ: Mapping[str, str] = os.environ) -> list[str]:
    """Every key of the host that a run can have used."""
    return [host_key(record, environ) for record in engine.models if record.served]


def for_log(text: str, engine: Engine, keys: Keys) -> str:
    """Text for the host's log, without any part of a key."""
    return without(text, [*keys.values(), *hosts_keys(engine)])


def for_visitor(text: str, engine: Engine, keys: Keys) -> str:
    """A sentence for the visitor, who may have typed a part of it: without any part of their own keys, and without a
    whole key of the host's."""
    return without(without(text, keys.values()), hosts_keys(engine), parts=False)
