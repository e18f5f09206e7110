"""Finds the Chromium of this machine for benchmarks, pictures and tests; Playwright's own browser is not used."""

from __future__ import annotations

import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def installed() -> str | None:
    """The path of the first installed browser; None if there is none."""
    return next(filter(None, map(shutil.which, NAMES)), None)
