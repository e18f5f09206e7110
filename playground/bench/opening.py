"""Measures how much a race's clocks slow down while another visitor opens the page: pairs of races, with a visitor and
without.

The visitor is a process of its own, so that only the server's work counts. It requests the page and its scripts and
styles, like a browser with an empty cache.
"""

from __future__ import annotations

import json
import subprocess
import sys
from statistics import median
from typing import Any

from playground.bench.lanes import REQUEST
from playground.bench.quiet import Watch
from playground.engine.twins import Twins
from playground.stream.messages import Streams

PAIRS = 11
TARGET = 1.05
VISITOR = """
import http.client, re, sys
def get(path):
    asked = http.client.HTTPConnection(sys.argv[1], timeout=60)
    asked.request("GET", path, headers={"Accept-Encoding": "gzip" if path != "/" else "identity"})
    body = asked.getresponse().read()
    asked.close()
    return body
for _ in sys.stdin:
    page = get("/").decode()
    for name in re.findall(r'(?:src|href)="[.]?(/assets/[^"]+)"', page):
        get(name)
    print("opened", flush=True)
"""


class Visitor:
    """A process that opens the page on request."""

    def __init__(self, address: str):
        self._process = subprocess.Popen(
            [sys.executable, "-c", VISITOR, address.removeprefix("http://").rstrip("/")],
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def begin(self) -> None:
        """Start to open the page; does not wait."""
        print(file=self._process.stdin, flush=True)

    def end(self) -> None:
        """Wait until the page is loaded."""
        self._process.stdout.readline()

    def leave(self) -> None:
        """End the process."""
        self._process.stdin.close()
        self._process.wait(60)


def clocks(streams: Streams, visitor: Visitor | None) -> dict[str, float]:
    """The final clock of each lane in a streamed race, in ms. ``visitor`` opens the page when the first frames
    arrive."""
    ends: dict[str, float] = {}
    opening = visitor
    for message in map(json.loads, streams.messages(REQUEST.to_json())):
        if message["kind"] == "frames":
            ends.update((frame["lane"], frame["t_ms"]) for frame in message["frames"])
            if opening and any(ends.values()):
                opening.begin()
                opening = None
    if visitor:
        visitor.end()
    return ends


def opening(engine: Twins) -> dict[str, Any]:
    """Each lane's clock with a visitor divided by its clock without, as the median of the pairs. Target: at most 5%
    more. ``same_over_same`` is the ratio of pairs without a visitor; it shows how much the machine itself varies."""
    from playground.bench.page import served

    watch, streams = Watch(), Streams(engine)
    with served(engine) as address:
        visitor = Visitor(address)
        visitor.begin()
        visitor.end()  # the page is built once, at the first request
        rows = [_pair(streams, guest, watch) for _ in range(PAIRS) for guest in (visitor, None)]
        visitor.leave()
    opened, same = rows[::2], rows[1::2]
    return {
        "clock_opened_over_alone": _medians(opened),
        "target": TARGET,
        "same_over_same": _medians(same),
        "pairs": PAIRS,
        "others": watch.others,
    }


def _pair(streams: Streams, guest: Visitor | None, watch: Watch) -> dict[str, float]:
    """The clocks of a race with ``guest`` divided by those of a race without a visitor."""
    with_guest, alone = watch.steady(lambda: (clocks(streams, guest), clocks(streams, None)))
    return {lane: with_guest[lane] / alone[lane] for lane in alone}


def _medians(rows: list[dict[str, float]]) -> dict[str, float]:
    return {lane: round(median(row[lane] for row in rows), 3) for lane in rows[0]}
