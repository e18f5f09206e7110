"""Metrics of one finished lane, computed from its trace.

Scores and the cost of the passes need a model. They are measured elsewhere and passed in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from playground.metrics.cost import Cost, Peak, busy
from playground.metrics.replies import Worth
from playground.metrics.text_metrics import distinct, unigram_entropy
from playground.trace.ends import end_of, ends_of
from playground.trace.events import GIVEN, settling, untouched
from playground.trace.trace import SETTLED, Change, Lane, Trace


@dataclass(frozen=True)
class LaneMeasures:
    """Metrics of one lane. Times are in ms on the lane's own clock. None: unknown, or not measurable.

    An arrival is a pass that commits at least one token. Gaps are measured between arrivals, because the tokens of
    one pass arrive together and most gaps between single tokens would be zero.
    """

    tokens: int  # written by passes and kept, before the end of the text; neither pins nor what stood in a given text
    passes: int  # forward passes
    ms: float  # the lane's clock at its end
    tok_per_s: float
    tokens_per_pass: float
    ms_per_pass: float
    first_token_ms: float | None  # at the first commit
    first_readable_ms: float | None  # when the settled prefix first holds a whole word that a pass wrote
    last_token_ms: float | None  # when the last token of the text took its final value
    between_p50_ms: float | None  # median time from one arrival to the next
    between_p95_ms: float | None  # its 95th percentile
    tokens_per_arrival: float | None  # mean
    commits: int  # see trace/events.py
    remasks: int
    replacements: int
    entropy: float | None  # of the text's token frequencies, in nats
    distinct_1: float | None  # share of different tokens among all tokens of the text
    distinct_2: float | None  # the same for pairs
    distinct_3: float | None  # and for triples
    perplexity: float | None  # of the text under the model that scores, per token of that model
    right: bool | None = None  # of the reply, see replies.py
    repeated: bool | None = None
    broken: bool | None = None
    flops_per_pass: float | None = None  # mean, calculated by cost.py
    bytes_per_pass: float | None = None  # mean, calculated by cost.py
    flops_share: float | None = None  # of the device's measured peak over the lane's whole clock; 1 = all of it
    bytes_share: float | None = None  # likewise
    characters: int = 0  # of the same tokens' texts
    char_per_s: float = 0.0
    bits_per_byte: float | None = None  # of the text's UTF-8, under the model that scores


def written(trace: Trace, key: str) -> list[Change]:
    """The settled prefix of the canvas, pins included: it ends before the first open or empty position and before the
    token that ends the text."""
    return _prefix(trace.canvas(key), trace.lane(key))


def _prefix(cells: Mapping[int, Change], lane: Lane) -> list[Change]:
    found: list[Change] = []
    for at in range(lane.prompt, end_of(cells, lane)):
        cell = cells.get(at)  # an AR lane has no cell for a position that it has not reached
        if cell is None or cell.state not in SETTLED:
            break
        found.append(cell)
    return found


def reply(trace: Trace, key: str) -> str:
    """The lane's settled text, without its end tokens."""
    ends = ends_of(trace.lane(key))
    return "".join(cell.text for cell in written(trace, key) if cell.id not in ends)


def written_ids(trace: Trace, key: str) -> list[int]:
    """The token ids of ``written``."""
    return [cell.id for cell in written(trace, key)]


def settled_tokens(cells: Mapping[int, Change], lane: Lane, start: Mapping[int, Change]) -> int:
    """The tokens counted in tok/s while a lane is under way: those of ``settled_cells``."""
    return len(settled_cells(cells, lane, start))


def settled_cells(cells: Mapping[int, Change], lane: Lane, start: Mapping[int, Change]) -> list[Change]:
    """Settled tokens that a pass wrote, after the prompt and before the end of the text. Open positions between them are
    skipped. start: the cells of frame 0."""
    end = end_of(cells, lane)
    own = (cell for at, cell in sorted(cells.items()) if at < end and cell.state in SETTLED)
    return [cell for cell in own if _by_a_pass(cell, lane, start)]


def _by_a_pass(cell: Change, lane: Lane, start: Mapping[int, Change]) -> bool:
    """Whether a pass wrote a settled cell: it is neither prompt nor pin, and no token of frame 0 that nobody touched."""
    return cell.state not in GIVEN and not untouched(start.get(cell.position), cell, lane)


def measure(
    trace: Trace,
    key: str,
    perplexity: float | None = None,
    cost: Cost | None = None,
    peak: Peak | None = None,
    worth: Worth | None = None,
    bits_per_byte: float | None = None,
) -> LaneMeasures:
    """The metrics of one lane, which must have at least its frame 0. cost: the sum over all its passes; peak: of the
    device; worth: of its reply."""
    frames = trace.frames_of(key)
    text = written(trace, key)
    passes, ms, moves = len(frames) - 1, frames[-1].t_ms, settling(frames, trace.lane(key))
    ids, gaps, arrivals = [cell.id for cell in text], moves.gaps_ms(), moves.arrivals
    start = trace.canvas(key, 0)
    own = [cell for cell in text if cell.position in moves.held_ms and _by_a_pass(cell, trace.lane(key), start)]
    held = [moves.held_ms[cell.position] for cell in own]
    tokens, characters = len(own), sum(len(cell.text) for cell in own)
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
        characters=characters,
        char_per_s=round(1000 * characters / ms, 1) if ms else 0.0,
        bits_per_byte=None if bits_per_byte is None else round(bits_per_byte, 4),
    )


def _work(cost: Cost | None, passes: int, ms: float, peak: Peak | None) -> dict[str, float]:
    """The fields of LaneMeasures about cost, as far as they are known."""
    if cost is None or not passes:
        return {}
    figures = {"flops_per_pass": cost.flops / passes, "bytes_per_pass": cost.bytes / passes}
    if peak is not None and (shares := busy(cost, ms / 1000, peak)) is not None:
        figures |= {"flops_share": round(shares.flops, 4), "bytes_share": round(shares.bytes, 4)}
    return figures


def _rounded(ms: float | None) -> float | None:
    return None if ms is None else round(ms, 3)


def _first_readable_ms(trace: Trace, key: str) -> float | None:
    """The lane's clock when the settled prefix first holds a complete word of which a pass wrote at least a part. A
    word is complete if another character follows it, or if the text ends after it. None if there never is such a
    word."""
    lane = trace.lane(key)
    start = trace.canvas(key, 0)
    cells: dict[int, Change] = {}
    for frame in trace.frames_of(key):
        cells.update((c.position, c) for c in frame.changes)
        prefix = _prefix(cells, lane)
        behind = cells.get(lane.prompt + len(prefix))
        closed = frame.phase == "final" or (behind is not None and behind.state in SETTLED)  # by an end token
        text = "".join(cell.text for cell in prefix)
        own = [_by_a_pass(cell, lane, start) for cell in prefix for _ in cell.text]  # by character
        words = (word.span() for word in re.finditer(r"\w[\w'’]*", text))
        if frame.i and any(any(own[first:last]) and (closed or last < len(text)) for first, last in words):
            return frame.t_ms
    return None


def percentile(values: Sequence[float], share: float) -> float | None:
    """The quantile of the values at ``share`` (0 to 1), interpolated linearly; None if there are no values."""
    return float(np.quantile(values, share)) if values else None
