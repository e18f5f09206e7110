"""The verdict of a run file, made again in the words of today: ``python -m playground.estimates.judged_again FILE``.

Passes, times and texts stay as they were recorded. What only the models could measure, scores and costs, is taken from
the old verdict. How a corrupted text fits is left out, because no file holds the text as it was.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from playground.errors import PlaygroundError
from playground.estimates.elsewhere import elsewhere
from playground.files import write_whole
from playground.metrics.cost import Cost, Peak
from playground.metrics.lane_metrics import reply
from playground.metrics.replies import worth
from playground.metrics.table import AR_TWIN
from playground.metrics.verdict import verdict
from playground.trace.trace import Trace


def judged_again(trace: Trace) -> dict[str, Any]:
    """The verdict of a finished race of small models of one machine. Raises PlaygroundError for a run without one."""
    old = trace.verdict
    if not old or not old.get("lanes"):
        raise PlaygroundError("This run has no verdict with figures, so there is none to make again.")
    rows: Mapping[str, Mapping[str, Any]] = old["lanes"]
    judged = [key for key, row in rows.items() if row.get("repeated") is not None]
    asked = str(trace.run.get("prompt", ""))
    again = verdict(
        trace,
        {key: row.get("perplexity") for key, row in rows.items()},
        str(trace.run.get("device_name", "")),
        {key: cost for key, row in rows.items() if (cost := _cost(row))},
        Peak(**old["peak"]) if old.get("peak") else None,
        worths={key: worth(asked, reply(trace, key)) for key in judged},
        scorer=old.get("scorer") or AR_TWIN,
        bits_per_byte={key: row.get("bits_per_byte") for key, row in rows.items()},
        calculated=elsewhere(trace),
    )
    return again | ({"disturbed": old["disturbed"]} if old.get("disturbed") else {})


def _cost(row: Mapping[str, Any]) -> Cost | None:
    flops, moved = row.get("flops_per_pass"), row.get("bytes_per_pass")
    return Cost(flops * row["passes"], moved * row["passes"]) if flops and moved else None


def main(arguments: Sequence[str]) -> None:
    """Judge the run in each of these files again."""
    for path in map(Path, arguments):
        trace = Trace.read(path.read_bytes())
        trace.verdict = judged_again(trace)
        write_whole(path, trace.dumps())


if __name__ == "__main__":
    main(sys.argv[1:])
