"""``python -m playground.export.child RUN.json html|gif FILE``: one file of a run, made by a process that gives way to all others.

Standard output gets "pictures made, pictures in all" as it goes on, standard error the sentence where it cannot be. It ends with the process
that began it.
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
    resource = None  # type: ignore[assignment]  # asked for below

MOST_MEMORY = 600 * 2**20  # bytes that it may write to; what it uses is half of it. A net below the limits of limits.py
TOO_LARGE = "This run takes more memory than a file may take here. Keep it as JSON, which the page plays."


def main(arguments: list[str]) -> int:
    """0, or 2 with a sentence."""
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
    """Compute only where nobody else wants to, with bounded memory."""
    if hasattr(os, "SCHED_IDLE"):
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    elif hasattr(os, "nice"):
        os.nice(19)
    if resource:
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY if hard < 0 else min(hard, MOST_MEMORY), hard))


def write(run: Path, kind: str, file: Path, parent: int) -> None:
    """Raises PlaygroundError."""
    trace = read(run)
    if kind == "html":
        from playground.export.html import to_html

        with file.open("w", encoding="utf-8") as out:
            out.writelines(to_html(trace))
        return
    from playground.export.gif import to_gif  # who wants a page needs no pictures

    def drawn(done: int, all: int) -> None:
        if os.getppid() != parent:
            raise SystemExit(1)  # nobody waits for it any more
        print(done, all, flush=True)

    with file.open("wb") as film:
        to_gif(trace, film, drawn=drawn)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
