"""Sizes in bytes, for a reader."""

from __future__ import annotations

UNITS = (("GB", 10**9, 1), ("MB", 10**6, 0), ("KB", 10**3, 0))  # name, bytes, digits after the point


def size_text(size: int) -> str:
    """A size as model cards write it, in powers of ten: ``17.6 GB``, ``812 MB``, ``3 KB``, ``12 bytes``."""
    for unit, one, digits in UNITS:
        if size >= one - one // 2000:  # 999.5 MB would be written as 1000 MB
            return f"{size / one:.{digits}f} {unit}"
    return f"{size} byte{'s' if size != 1 else ''}"
