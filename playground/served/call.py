"""One request to a served model on a thread of its own, for a reader on any other thread."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from queue import SimpleQueue

from playground.served.asking import Ask
from playground.served.client import Arrival, End, ask_once, get_ready
from playground.served.limits import LIMITS, Limits
from playground.served.trouble import Listener, ServedError, Trouble, sentence

STOPPED = "stopped"


class Call:
    """Runs ``ask_once`` once. ``arrivals`` is for one thread; ``stop`` is for any."""

    def __init__(self, ask: Ask, listener: Listener, limits: Limits = LIMITS) -> None:
        self._ask, self._listener, self._limits = ask, listener, limits
        self._came: SimpleQueue[Arrival | End | str] = SimpleQueue()  # a text is why it failed, or STOPPED
        self._lock = threading.Lock()
        self._stopped = False
        self._running: tuple[asyncio.AbstractEventLoop, asyncio.Task[None]] | None = None

    def begin(self, key: str) -> None:
        """Send the request. The key stays in the frames of this call."""
        get_ready()
        threading.Thread(target=self._work, args=(key,), name="served model", daemon=True).start()

    def arrivals(self) -> Iterator[Arrival | End]:
        """What comes, in order, each as soon as it is here; the last is an ``End``, unless the call is stopped. Raises
        ServedError."""
        while not isinstance(came := self._came.get(), str):
            yield came
            if isinstance(came, End):
                return
        if came != STOPPED:
            raise ServedError(came)

    def stop(self) -> None:
        """End the call at once; ``arrivals`` ends. A call that has ended stays as it is."""
        with self._lock:
            self._stopped = True
            if self._running:
                loop, task = self._running
                loop.call_soon_threadsafe(task.cancel)
        self._came.put(STOPPED)  # a look-up of a name cannot be cancelled: the reader does not wait for it

    def _work(self, key: str) -> None:
        try:
            asyncio.run(self._asked(key))
        except asyncio.CancelledError:
            self._came.put(STOPPED)

    async def _asked(self, key: str) -> None:
        task = asyncio.ensure_future(self._answered(key))
        with self._lock:
            if self._stopped:
                task.cancel()
            self._running = (asyncio.get_running_loop(), task)
        try:
            await task
        finally:
            with self._lock:
                self._running = None

    async def _answered(self, key: str) -> None:
        try:
            self._came.put(await ask_once(self._ask, key, self._limits, self._came.put))
        except Trouble as trouble:
            self._came.put(sentence(trouble, self._listener, key))
        except Exception as error:  # a fault of ours must not leave the reader waiting, nor print a key
            self._came.put(
                f"{self._listener.record.title} could not be read ({type(error).__name__}). Please report it."
            )
