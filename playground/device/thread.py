"""The single thread on which an engine computes.

Once two threads have opened parallel regions, OpenMP's runtime (libgomp) no longer spins between them. With as many
workers as cores, passes of a few milliseconds then take two to three times as long, on both threads and permanently.
Measured with torch 2.13 on two cores: the lanes of a race took 142 and 188 ms with one such thread, 250 and 500 ms
with two. So loading, warm-up and every pass run on this thread.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any


class DeviceThread:
    """Runs functions on one thread, one at a time, in the order of the calls."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="device", initializer=self._remember)
        self._thread: threading.Thread | None = None

    def _remember(self) -> None:
        self._thread = threading.current_thread()

    def run(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call a function on the device's thread and return its result, or raise what it raises. On the device's
        thread itself this calls the function directly."""
        if threading.current_thread() is self._thread:
            return function(*arguments)
        return self._pool.submit(function, *arguments).result()
