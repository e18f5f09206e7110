"""The one thread on which an engine computes.

OpenMP's runtime (libgomp) stops spinning between parallel regions as soon as two threads have opened any: with as many workers
as cores, passes of a few milliseconds then take two to three times as long, on both threads and for good (measured with torch
2.13 on two cores: 142 and 188 ms for the lanes of a race against 250 and 500). So loading, warming up and every pass happen here,
whoever asks.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any


class DeviceThread:
    """Runs functions one at a time, on one thread, in the order asked for."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="device", initializer=self._remember)
        self._thread: threading.Thread | None = None

    def _remember(self) -> None:
        self._thread = threading.current_thread()

    def run(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call on the device's thread and wait for the result; what is raised there is raised here. May be called from that
        thread itself."""
        if threading.current_thread() is self._thread:
            return function(*arguments)
        return self._pool.submit(function, *arguments).result()
