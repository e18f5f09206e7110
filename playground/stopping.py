"""Ctrl-C and SIGTERM: what they end, and when. A process manager sends the second as a terminal sends the first."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SIGNALS = (signal.SIGINT, signal.SIGTERM)
Handler = Callable[[int], None]


@contextmanager
def handling(handler: Handler) -> Iterator[None]:
    """While this holds, a signal calls the handler with its number, between two steps of the main thread. A signal that is ignored,
    as Ctrl-C is for a program in the background of a script, stays ignored; off the main thread nothing is changed."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in SIGNALS}
    ours = [number for number, was in before.items() if was is not signal.SIG_IGN]
    for number in ours:
        signal.signal(number, lambda received, _: handler(received))
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, before[number])


def exit_code(number: int) -> int:
    """Of a program that a signal ended, as shells count: 130 for Ctrl-C, 143 for SIGTERM."""
    return 128 + number


def leave(code: int) -> None:
    """End the program at once, without waiting for a thread that is in the middle of a pass."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


class Interrupted(KeyboardInterrupt):
    """A signal, as an exception. number: which."""

    def __init__(self, number: int):
        super().__init__()
        self.number = number


def interrupt(number: int) -> None:
    """A handler that ends what the main thread is at."""
    raise Interrupted(number)


class Stop:
    """The wish to end a run between two passes. A second signal does not wait for the pass to end.

    number: the signal that was received; None where nobody asked.
    """

    def __init__(self) -> None:
        self.number: int | None = None

    def __call__(self) -> bool:
        """Whether somebody asked."""
        return self.number is not None

    @contextmanager
    def between_passes(self, end: Callable[[], None] = lambda: None) -> Iterator[Stop]:
        """While this holds, the first signal calls ``end`` and is remembered."""

        def received(number: int) -> None:
            if self():
                leave(exit_code(number))
            self.number = number
            end()

        with handling(received):
            yield self
