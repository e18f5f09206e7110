"""Figures of a finished lane, read off its trace, and the verdict: those of all lanes and one line of words.

Perplexity and the cost of the passes need a model, so they are measured elsewhere and handed in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from playground.metrics.cost import Cost, Peak, busy
from playground.metrics.replies import Worth
from playground.metrics.text_metrics import distinct, unigram_entropy
from playground.trace.events import GIVEN, settling
from playground.trace.trace import SETTLED, Change, Lane, Trace


@dataclass(frozen=True)
class LaneMeasures:
    """One lane in figures; times are by its own clock, in ms, and None stands where there is nothing to measure.

    tokens: text tokens that a pass wrote, before the first end token (not pins, not what a given text held); passes: forward passes;
    ms: lane clock.
    first_token_ms: first commit; first_readable_ms: when the longest settled prefix reached a first whole word of its own;
    last_token_ms: when the last token of the text took the value it ends with. between_p50_ms, between_p95_ms: time from one
    arrival to the next, an arrival being a pass that commits anything: the tokens of one pass arrive together,
    ``tokens_per_arrival`` of them on average, so that gaps between single tokens would be zeros mostly.
    commits, remasks, replacements: see trace/events.py.
    entropy: of the text's own tokens, in nats; distinct_n: share of different n-grams; perplexity: of the text under the AR
    twin, None where it was not measured.
    right, repeated, broken: of the reply, see replies.py; None where nobody knows.
    flops_per_pass, bytes_per_pass: means, by the arithmetic of cost.py; flops_share, bytes_share: of the device's measured
    peak over the lane's whole clock, 1 = all of it.
    """

    tokens: int
    passes: int
    ms: float
    tok_per_s: float
    tokens_per_pass: float
    ms_per_pass: float
    first_token_ms: float | None
    first_readable_ms: float | None
    last_token_ms: float | None
    between_p50_ms: float | None
    between_p95_ms: float | None
    tokens_per_arrival: float | None
    commits: int
    remasks: int
    replacements: int
    entropy: float | None
    distinct_1: float | None
    distinct_2: float | None
    distinct_3: float | None
    perplexity: float | None
    right: bool | None = None
    repeated: bool | None = None
    broken: bool | None = None
    flops_per_pass: float | None = None
    bytes_per_pass: float | None = None
    flops_share: float | None = None
    bytes_share: float | None = None


def written(trace: Trace, key: str, end: int | None) -> list[Change]:
    """The settled cells behind the prompt, up to the first open or empty position or end token, pins included."""
    return _prefix(trace.canvas(key), trace.lane(key), end)


def _prefix(cells: Mapping[int, Change], lane: Lane, end: int | None) -> list[Change]:
    found: list[Change] = []
    for at in range(lane.prompt, lane.prompt + lane.length):
        cell = cells.get(at)  # an AR lane's positions are empty until it comes to them
        if cell is None or cell.state not in SETTLED or cell.id == end:
            break
        found.append(cell)
    return found


def reply(trace: Trace, key: str) -> str:
    """What a lane wrote, for a reader."""
    return "".join(cell.text for cell in written(trace, key, trace.lane(key).about.get("end_id")))


def written_ids(trace: Trace, key: str, end: int | None) -> list[int]:
    """Their ids: the lane's text as the models read it."""
    return [cell.id for cell in written(trace, key, end)]


def settled_tokens(cells: Mapping[int, Change], lane: Lane, start: Mapping[int, Change]) -> int:
    """Settled text tokens behind the prompt and before the first settled end token that a pass wrote, gaps passed over: the
    tokens of tok/s while a lane is under way. start: the cells of its frame 0."""
    count = 0
    for _, cell in sorted(cells.items()):
        if cell.state == "prompt" or cell.state not in SETTLED:
            continue
        if cell.id == lane.about.get("end_id"):
            break
        count += _by_a_pass(cell, start)
    return count


def _by_a_pass(cell: Change, start: Mapping[int, Change]) -> bool:
    """Whether a pass wrote a settled cell: it is no pin, and not what frame 0 held settled."""
    before = start.get(cell.position)
    return cell.state not in GIVEN and not (before and before.state in SETTLED and before.id == cell.id)


def measure(
    trace: Trace,
    key: str,
    perplexity: float | None = None,
    cost: Cost | None = None,
    peak: Peak | None = None,
    worth: Worth | None = None,
) -> LaneMeasures:
    """Measure one lane of a trace that has at least its frame 0. cost: of all its passes together; worth: of its reply."""
    frames = trace.frames_of(key)
    text = written(trace, key, trace.lane(key).about.get("end_id"))
    passes, ms, moves = len(frames) - 1, frames[-1].t_ms, settling(frames)
    ids, gaps, arrivals = [cell.id for cell in text], moves.gaps_ms(), moves.arrivals
    start = trace.canvas(key, 0)
    held = [moves.held_ms[cell.position] for cell in text if cell.position in moves.held_ms and _by_a_pass(cell, start)]
    tokens = len(held)
    return LaneMeasures(
        tokens=tokens,
        passes=passes,
        ms=round(ms, 3),
        tok_per_s=round(1000 * tokens / ms, 1) if ms else 0.0,
        tokens_per_pass=round(tokens / passes, 2) if passes else 0.0,
        ms_per_pass=round(ms / passes, 3) if passes else 0.0,
        first_token_ms=_rounded(arrivals[0].t_ms if arrivals else None),
        first_readable_ms=_first_readable_ms(trace, key),
        last_token_ms=_rounded(max(held, default=None)),
        between_p50_ms=_rounded(percentile(gaps, 0.5)),
        between_p95_ms=_rounded(percentile(gaps, 0.95)),
        tokens_per_arrival=round(moves.commits / len(arrivals), 2) if arrivals else None,
        commits=moves.commits,
        remasks=moves.remasks,
        replacements=moves.replacements,
        entropy=unigram_entropy(ids),
        distinct_1=distinct(ids, 1),
        distinct_2=distinct(ids, 2),
        distinct_3=distinct(ids, 3),
        perplexity=perplexity,
        **_work(cost, passes, ms, peak),
        right=worth.right if worth else None,
        repeated=worth.repeated if worth else None,
        broken=worth.broken if worth else None,
    )


def _work(cost: Cost | None, passes: int, ms: float, peak: Peak | None) -> dict[str, float]:
    """The fields of a lane's work, as far as they are known."""
    if cost is None or not passes:
        return {}
    figures = {"flops_per_pass": cost.flops / passes, "bytes_per_pass": cost.bytes / passes}
    if peak is not None and (shares := busy(cost, ms / 1000, peak)) is not None:
        figures |= {"flops_share": round(shares.flops, 4), "bytes_share": round(shares.bytes, 4)}
    return figures


def _rounded(ms: float | None) -> float | None:
    return None if ms is None else round(ms, 3)


def _first_readable_ms(trace: Trace, key: str) -> float | None:
    """When the settled prefix first holds a word that a pass wrote, or part of it, and that can grow no more: something that
    is no letter follows it, or the text ends behind it. None where no such word was ever whole."""
    lane = trace.lane(key)
    end, start = lane.about.get("end_id"), trace.canvas(key, 0)
    cells: dict[int, Change] = {}
    for frame in trace.frames_of(key):
        cells.update((c.position, c) for c in frame.changes)
        prefix = _prefix(cells, lane, end)
        behind = cells.get(lane.prompt + len(prefix))
        closed = frame.phase == "final" or (behind is not None and behind.state in SETTLED)  # by an end token
        text = "".join(cell.text for cell in prefix)
        own = [_by_a_pass(cell, start) for cell in prefix for _ in cell.text]  # by character
        words = (word.span() for word in re.finditer(r"\w[\w'’]*", text))
        if frame.i and any(any(own[first:last]) and (closed or last < len(text)) for first, last in words):
            return frame.t_ms
    return None


def percentile(values: Sequence[float], share: float) -> float | None:
    """The value below which that share of the values lies, interpolated between neighbours; None for no value."""
    return float(np.quantile(values, share)) if values else None
