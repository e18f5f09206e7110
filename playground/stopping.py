"""Handles Ctrl-C (SIGINT, from a terminal) and SIGTERM (from a process manager) alike."""

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
    """Within this context a signal calls ``handler`` with its number, on the main thread.

    A signal that was ignored stays ignored, such as Ctrl-C for a program that a script runs in the background. Outside
    the main thread nothing changes.
    """
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
    """The exit code of a program that a signal ended, by the shells' convention: 130 for Ctrl-C, 143 for SIGTERM."""
    return 128 + number


def leave(code: int) -> None:
    """End the program without delay, even if a thread is in the middle of a pass."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


class Interrupted(KeyboardInterrupt):
    """A signal as an exception; ``number`` is the signal's number."""

    def __init__(self, number: int):
        super().__init__()
        self.number = number


def interrupt(number: int) -> None:
    """A handler that interrupts the main thread: raises Interrupted."""
    raise Interrupted(number)


class Stop:
    """A request to stop a run between two passes. A second signal ends the program without waiting for the pass.

    ``number`` is the number of the received signal; None if there was none.
    """

    def __init__(self) -> None:
        self.number: int | None = None

    def __call__(self) -> bool:
        """Whether a signal was received."""
        return self.number is not None

    @contextmanager
    def between_passes(self, end: Callable[[], None] = lambda: None) -> Iterator[Stop]:
        """Within this context the first signal is recorded and calls ``end``."""

        def received(number: int) -> None:
            if self():
                leave(exit_code(number))
            self.number = number
            end()

        with handling(received):
            yield self
