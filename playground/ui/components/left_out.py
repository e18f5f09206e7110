"""Leaves out the parts of the page whose shipped files are damaged, with a line on the page that says so."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TypeVar

from playground.errors import PlaygroundError
from playground.web.templates import render_part

DAMAGE = (
    PlaygroundError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    OSError,
    RecursionError,
)  # exceptions from reading a truncated or wrong file
Part = TypeVar("Part")

log = logging.getLogger(__name__)


def part(name: str, make: Callable[[], Part], otherwise: Part) -> Part:
    """The result of ``make``, which reads files; if a file is damaged, ``otherwise``, with a line in the log.

    name: of the part, with article and verb, for example "The story is".
    """
    try:
        return make()
    except DAMAGE as error:
        said = str(error) if type(error).__module__.startswith("playground.") else f"{type(error).__name__}: {error}"
        log.warning("%s left out, because a file of it is damaged. Restore the file. %s", name, said[:400])
        return otherwise


def left_out_html(names: Sequence[str]) -> str:
    """A line for the page; empty if no part is missing. names: as for ``part``, for example "The story is"."""
    said = " ".join(f"{name} left out: a file of it is damaged, and the server's log says which." for name in names)
    return render_part("page/page.html", "note", words=said) if said else ""
