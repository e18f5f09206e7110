"""``python -m playground.export.child RUN.json html|gif|png FILE``: writes one file of a run, in a process of lowest
priority.

It prints its progress to standard output ("pictures drawn, pictures in all") and an error as a sentence to standard
error. It ends when its parent process ends.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from playground.errors import PlaygroundError
from playground.export.saved_run import read

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]  # checked below

MOST_MEMORY = 600 * 2**20  # bytes of data; about half is used. A safety net in addition to the limits of limits.py
TOO_LARGE = "This run takes more memory than a file may take here. Keep it as JSON, which the page plays."


def main(arguments: list[str]) -> int:
    """Write the file; returns 0, or 2 after an error."""
    run, kind, file = arguments
    give_way()
    try:
        write(Path(run), kind, Path(file), os.getppid())
    except PlaygroundError as error:
        print(error, file=sys.stderr)
        return 2
    except MemoryError:
        print(TOO_LARGE, file=sys.stderr)
        return 2
    return 0


def give_way() -> None:
    """Set the lowest scheduling priority and a limit on memory for this process."""
    if hasattr(os, "SCHED_IDLE"):
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    elif hasattr(os, "nice"):
        os.nice(19)
    if resource:
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY if hard < 0 else min(hard, MOST_MEMORY), hard))


def write(run: Path, kind: str, file: Path, parent: int) -> None:
    """Write the file, and end the process if ``parent`` (a process number) is no longer the parent. Raises
    PlaygroundError if the run cannot be read or is too large."""
    trace = read(run)
    if kind == "html":
        from playground.export.html import to_html

        with file.open("w", encoding="utf-8") as out:
            out.writelines(to_html(trace))
        return
    if kind == "png":
        from playground.export.card import to_card

        with file.open("wb") as picture:
            to_card(trace, picture)
        return
    from playground.export.gif import to_gif  # imported here because HTML needs no pictures

    def drawn(done: int, all: int) -> None:
        if os.getppid() != parent:
            raise SystemExit(1)  # the parent has ended, so nobody waits for the file
        print(done, all, flush=True)

    with file.open("wb") as film:
        to_gif(trace, film, drawn=drawn)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
