"""A page served on this machine for a test, as ``app.py`` serves it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playground.server.server import PageServer
from playground.stream.messages import Streams
from playground.ui.page import build_page, launch_options


@contextmanager
def served(engine, recorded=None, host="127.0.0.1", budgets=None, **options: Any) -> Iterator[str]:
    """The page of an engine on a free port of the loopback address; yields the address. options: of a PageServer."""
    streams = Streams(engine, budgets)
    server = PageServer(build_page(engine, recorded, streams), streams, host, 0, launch_options(), **options)
    server.start()
    try:
        yield server.url
    finally:
        server.close()
