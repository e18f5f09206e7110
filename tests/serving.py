"""A page served on this machine for a test."""
from __future__ import annotations

from contextlib import contextmanager
from typing import Iterator

from playground.ui.page import build_page, launch_options


@contextmanager
def served(engine, recorded=None) -> Iterator[str]:
    """The page of an engine on a free port of the loopback address; yields the address."""
    page = build_page(engine, recorded)
    _, address, _ = page.launch(server_name="127.0.0.1", prevent_thread_lock=True, quiet=True, **launch_options())
    try:
        yield address.rstrip("/")
    finally:
        page.close(verbose=False)
