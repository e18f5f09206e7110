"""Limits on the size of exported files, checked before the work begins. Pictures are drawn one at a time, so these
limits bound the memory and time that any run file takes, here and on a shared page (measured in
tests/export/test_export_bounds.py)."""

from __future__ import annotations

from playground.errors import PlaygroundError
from playground.export.picture import COLUMNS, Film

LARGEST_RUN = 16 * 1024 * 1024  # bytes of a run's JSON; twice the size of a run of 512 tokens in 512 passes
MOST_PARTS = 1_200_000  # lists and objects in a run's JSON: each takes memory, even if it has few bytes
LARGEST_PICTURE = 6_000_000  # pixels
MOST_PIXELS = 2_300_000_000  # of all pictures of a film; enough for 512 tokens in the longest film


def check_size(size: int) -> None:
    """Raises PlaygroundError if a run file of ``size`` bytes is too large."""
    if size > LARGEST_RUN:
        raise PlaygroundError(
            f"This run is {size / 1e6:,.1f} MB of JSON, and files are made of at most {LARGEST_RUN / 1e6:,.1f} MB. "
            "Keep it as JSON, which the page plays, or run with fewer passes or tokens."
        )


def check_run(data: bytes) -> None:
    """Raises PlaygroundError if a run file has too many bytes or too many lists and objects."""
    check_size(len(data))
    parts = data.count(b"[") + data.count(b"{")
    if parts > MOST_PARTS:
        raise PlaygroundError(
            f"This run holds {parts:,} lists and objects, and files are made of at most {MOST_PARTS:,}. "
            "Keep it as JSON, which the page plays, or run with fewer passes or tokens."
        )


def check_film(film: Film, kind: str) -> None:
    """Raises PlaygroundError if a film is too large; the message gives its size and what to do. ``kind`` is GIF or
    MP4."""
    width, height = film.size
    pictures = len(film.moments)
    if width * height <= LARGEST_PICTURE and width * height * pictures <= MOST_PIXELS:
        return
    rows = (LARGEST_PICTURE // width - film.size[1] + film.rows * film.ROW) // film.ROW
    raise PlaygroundError(
        f"This {kind} would have {pictures:,} pictures of {width:,} × {height:,} pixels, {width * height * pictures / 1e6:,.0f} million in all. At most "
        f"{LARGEST_PICTURE / 1e6:.0f} million pixels a picture (about {rows * COLUMNS:,} tokens) and {MOST_PIXELS / 1e6:,.0f} million in all are made. "
        "Save it as HTML, which has no such limit, or run with fewer tokens or passes."
    )
