"""How far a download is, and whether it shall stop."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from huggingface_hub.utils import tqdm

from playground.download.size import size_text

WINDOW_S = 10.0  # the rate is that of the last ten seconds


@dataclass(frozen=True)
class Progress:
    """How far a download is."""

    done: int  # bytes that are here
    total: int  # bytes of all files
    rate: float  # bytes a second, lately; 0 at the beginning
    file: str  # the file that is worked on
    doing: Literal["downloading", "checking"]  # a file is checked after it came


def in_words(progress: Progress) -> str:
    """``3.2 GB of 16.0 GB, 45 MB a second, about 5 minutes more``."""
    words = [f"{size_text(progress.done)} of {size_text(progress.total)}"]
    if progress.doing == "checking":
        return f"{words[0]}, {progress.file} is being checked"
    if progress.rate >= 1:
        seconds = (progress.total - progress.done) / progress.rate
        words += [f"{size_text(round(progress.rate))} a second", f"about {_time_text(seconds)} more"]
    return ", ".join(words)


def _time_text(seconds: float) -> str:
    if seconds < 1.5:
        return "1 second"
    if seconds < 90:
        return f"{round(seconds)} seconds"
    minutes = round(seconds / 60)
    return f"{minutes} minutes" if minutes < 120 else f"{round(minutes / 60)} hours"


class StopAsked(Exception):
    """The download shall stop."""


class Meter:
    """Counts the bytes of one download. Raises StopAsked from any of its methods once ``stop()`` is true."""

    def __init__(self, total: int, report: Callable[[Progress], None], stop: Callable[[], bool]):
        self.total = total
        self._report, self._stop = report, stop
        self._before = self._here = 0  # bytes of the finished files, and of this one
        self._file, self._size = "", 0
        self._seen: deque[tuple[float, int]] = deque()  # (seconds, bytes that came over the network)
        self._came = 0

    def begin(self, file: str, size: int) -> None:
        self._file, self._size, self._here = file, size, 0
        self.tell("downloading")

    def came(self, count: int) -> None:
        """Bytes came over the network; fewer than none if the hub began the file again."""
        self._here = max(0, min(self._size, self._here + count))
        self._came += count
        self.tell("downloading")

    def whole(self) -> None:
        """The file is here in full."""
        self._here = self._size
        self.tell("checking")

    def end(self) -> None:
        """The file is here and as the hub lists it."""
        self._before, self._here, self._size = self._before + self._size, 0, 0

    def tell(self, doing: Literal["downloading", "checking"]) -> None:
        if self._stop():
            raise StopAsked
        self._report(Progress(self._before + self._here, self.total, self._rate(), self._file, doing))

    def _rate(self) -> float:
        now = time.monotonic()
        self._seen.append((now, self._came))
        while now - self._seen[0][0] > WINDOW_S and len(self._seen) > 2:
            self._seen.popleft()
        began, came = self._seen[0]
        return max(0.0, (self._came - came) / (now - began)) if now > began else 0.0


def bar_of(meter: Meter) -> type[tqdm]:
    """A progress bar that shows nothing and counts for a meter, as huggingface_hub wants it."""

    class Bar(tqdm):
        def __init__(self, *arguments: Any, **options: Any):
            super().__init__(*arguments, **{**options, "disable": True})

        def update(self, n: float | None = 1) -> None:
            meter.came(int(n or 0))

    return Bar
