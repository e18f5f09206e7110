"""What the terminal says of models on servers: their state, and what one real request shows."""

from __future__ import annotations

import os

from playground.catalog.records import ModelRecord
from playground.catalog.servers import is_own_server, retired
from playground.errors import PlaygroundError

DIFFERS = 1  # exit code


def state_in_words(record: ModelRecord) -> str:
    """Whether a model on a server can be raced, as of the day on which that was last checked: its last day, and the key
    that it lacks."""
    served = record.served
    if served is None:
        return ""
    as_of = f" (as of {record.checked})" if record.checked else ""
    if retired(record):
        return f"gone{f' since {served.until}' if served.until else ''}; now {served.successor}{as_of}"
    key = "" if is_own_server(record) or os.environ.get(served.key_variable) else f", needs {served.key_variable}"
    return f"on a server{f' until {served.until}' if served.until else ''}{key}{as_of}"


def check_served(record: ModelRecord) -> int:
    """Send one real request to a served model and print what differs from its record; 0, or DIFFERS. Raises
    PlaygroundError if it is retired, if its key is missing, or if it gives no whole reply."""
    from playground.served.check import check

    served = record.served
    if served is None:
        raise PlaygroundError(f"{record.title} is not on a server.")
    if why := retired(record):
        raise PlaygroundError(why)
    key = os.environ.get(served.key_variable, "").strip()
    if not key and not is_own_server(record):
        raise PlaygroundError(f"{record.title} needs a key of {served.maker}. Set {served.key_variable} to it.")
    found = check(record, key)
    print(f"{record.title}: facts of {record.checked or 'the environment'}.")
    for line in found.facts:
        print(line)
    for line in found.differences:
        print(f"  differs: {line}")
    if not found.differences:
        print("Nothing differs from its record.")
    return DIFFERS if found.differences else 0
