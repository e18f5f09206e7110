"""Parts of the page whose shipped file is damaged are left out; the page serves the rest, and says so."""

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
)  # what a file raises that is cut or another's
Part = TypeVar("Part")

log = logging.getLogger(__name__)


def part(name: str, make: Callable[[], Part], otherwise: Part) -> Part:
    """What a function makes of its files; something else, with a sentence in the log, where it cannot. name: with its article."""
    try:
        return make()
    except DAMAGE as error:
        said = str(error) if type(error).__module__.startswith("playground.") else f"{type(error).__name__}: {error}"
        log.warning("%s left out, because a file of it is damaged. Restore the file. %s", name, said[:400])
        return otherwise


def left_out_html(names: Sequence[str]) -> str:
    """A line for the page; empty where nothing is missing. names: with articles and verbs, as "The story is"."""
    said = " ".join(f"{name} left out: a file of it is damaged, and the server's log says which." for name in names)
    return render_part("page/page.html", "note", words=said) if said else ""
