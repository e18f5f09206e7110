"""Figures of a finished lane, read off its trace, and the verdict: those of all lanes and one line of words.

Perplexity and the cost of the passes need a model, so they are measured elsewhere and handed in.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from playground.cost import Cost, Peak, busy
from playground.replies import Worth
from playground.settling import GIVEN, percentile, settling
from playground.trace import SETTLED, Change, Lane, Trace

TIE = 1.05  # clocks closer than this factor are called a tie


@dataclass(frozen=True)
class LaneMeasures:
    """One lane in figures; times are by its own clock, in ms, and None stands where there is nothing to measure.

    tokens: text tokens that a pass wrote, before the first end token (not pins, not what a given text held); passes: forward passes;
    ms: lane clock.
    first_token_ms: first commit; first_readable_ms: when the longest settled prefix reached a first whole word of its own;
    last_token_ms: when the last token of the text took the value it ends with. between_p50_ms, between_p95_ms: time from one
    arrival to the next, an arrival being a pass that commits anything: the tokens of one pass arrive together,
    ``tokens_per_arrival`` of them on average, so that gaps between single tokens would be zeros mostly.
    commits, remasks, replacements: see settling.py.
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


def unigram_entropy(ids: Sequence[int]) -> float | None:
    """Entropy in nats of the tokens' own frequencies; None for no token. Low means repetition."""
    if not ids:
        return None
    shares = [count / len(ids) for count in Counter(ids).values()]
    return max(0.0, -sum(p * math.log(p) for p in shares))


def distinct(ids: Sequence[int], n: int = 2) -> float | None:
    """Different n-grams over all n-grams (distinct-n, 1510.03055); None where there is none."""
    grams = [tuple(ids[at : at + n]) for at in range(len(ids) - n + 1)]
    return len(set(grams)) / len(grams) if grams else None


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


def verdict(
    trace: Trace,
    perplexities: Mapping[str, float | None],
    device: str,
    costs: Mapping[str, Cost] | None = None,
    peak: Peak | None = None,
    idle: Callable[[Lane, LaneMeasures], Sequence[str]] = lambda lane, figures: (),
    worths: Mapping[str, Worth] | None = None,
) -> dict[str, Any]:
    """The end of a race in figures and one line: who was first, by what factor, at how many passes, what the replies are worth, and why.

    perplexities, costs, worths: by lane; peak: of the device, told in the verdict as well; idle: sentences on what did nothing in a
    lane. ``more`` holds what only some ask for.
    """
    worths = worths or {}
    lanes = {
        lane.key: measure(
            trace, lane.key, perplexities.get(lane.key), (costs or {}).get(lane.key), peak, worths.get(lane.key)
        )
        for lane in trace.lanes
    }
    did_nothing = dict.fromkeys(said for lane in trace.lanes for said in idle(lane, lanes[lane.key]))
    name = {lane.key: lane.about.get("letter") or lane.title for lane in trace.lanes}
    more = _perplexities(name, lanes) if len(lanes) > 1 else ""
    return {
        "line": " ".join(filter(None, (_line(trace, lanes, device, worths), *did_nothing))),
        **({"more": more} if more else {}),
        "lanes": {key: asdict(row) for key, row in lanes.items()},
        **({"peak": asdict(peak)} if peak else {}),
    }


def _line(trace: Trace, lanes: dict[str, LaneMeasures], device: str, worths: Mapping[str, Worth]) -> str:
    order = sorted(lanes, key=lambda key: lanes[key].ms)
    if len(order) < 2:
        return ""
    first, second = order[0], order[-1]
    one, two = lanes[first], lanes[second]
    name = {lane.key: lane.about.get("letter") or lane.title for lane in trace.lanes}
    factor = _ratio(one.ms, two.ms)
    if factor < TIE:
        who = f"A tie at {one.ms:,.0f} ms: {name[first]} in {_passes(one)}, {name[second]} in {_passes(two)}."
    else:
        who = (
            f"{name[first]} finished first: {one.ms:,.0f} ms against {two.ms:,.0f} ms, {factor:.1f}× as fast, "
            f"in {_passes(one)} against {two.passes}."
        )
    return " ".join(
        part
        for part in (who, _replies(name, worths), _lengths(name, one, two, first, second), _why(trace, lanes, device))
        if part
    )


def _replies(name: Mapping[str, str], worths: Mapping[str, Worth]) -> str:
    """What the replies are worth."""
    if not worths:
        return ""
    if any(worth.right is not None for worth in worths.values()):
        return f"Replies: {'; '.join(f'{name[key]} {worth.said}' for key, worth in worths.items())}."
    faults = [f"{name[key]}: {worth.said}" for key, worth in worths.items() if worth.said]
    return (
        f"Replies: {'; '.join(faults) or 'no word broken, nothing said twice'}. Whether they answer, only you can tell."
    )


def _passes(lane: LaneMeasures) -> str:
    return f"{lane.passes} pass{'es' if lane.passes != 1 else ''}"


def _lengths(name, one: LaneMeasures, two: LaneMeasures, first: str, second: str) -> str:
    if one.tokens == two.tokens:
        return ""
    unit = "token" if one.tokens == 1 else "tokens"
    return f"They wrote different lengths: {one.tokens} {unit} ({name[first]}) and {two.tokens} ({name[second]})."


def _why(trace: Trace, lanes: dict[str, LaneMeasures], device: str) -> str:
    """Time is passes times the cost of a pass: the two ratios explain any result on any device."""
    by_kind = {lane.kind: lanes[lane.key] for lane in trace.lanes}
    if {lane.about.get("letter") for lane in trace.lanes} == {"A", "B"}:
        return _why_of_samplers(
            *(lanes[lane.key] for lane in sorted(trace.lanes, key=lambda lane: lane.about["letter"]))
        )
    if set(by_kind) != {"diffusion", "ar"}:
        return ""
    diffusion, ar = by_kind["diffusion"], by_kind["ar"]
    if not (diffusion.passes and ar.passes and ar.ms_per_pass):
        return ""
    fewer, dearer = ar.passes / diffusion.passes, diffusion.ms_per_pass / ar.ms_per_pass
    cost = f"On {device} a diffusion pass over the whole canvas costs {dearer:.1f}× an AR step"
    if fewer <= 1:
        return f"{cost}, and it takes {'as many' if fewer == 1 else 'more'} passes."
    if _ratio(diffusion.ms, ar.ms) < TIE:
        return f"{cost}; {fewer:.1f}× fewer passes make up for just that."
    return f"{cost}; {fewer:.1f}× fewer passes {'outweigh' if fewer > dearer else 'do not outweigh'} that."


def _why_of_samplers(a: LaneMeasures, b: LaneMeasures) -> str:
    """Two samplers of one model: passes, and what a pass costs."""
    if not (a.ms_per_pass and b.ms_per_pass):
        return ""
    costs = _ratio(a.ms_per_pass, b.ms_per_pass)
    if costs < 1.1 and a.passes == b.passes:
        return "They take as many passes, and a pass costs about the same."
    if costs < 1.1:
        return "Their passes cost about the same, so the number of passes decides."
    dearer, cheaper = ("A", "B") if a.ms_per_pass > b.ms_per_pass else ("B", "A")
    return f"A pass of {dearer} costs {costs:.1f}× a pass of {cheaper}."


def _ratio(one: float, two: float) -> float:
    return max(one, two) / min(one, two) if min(one, two) > 0 else 1.0


def _perplexities(name: Mapping[str, str], lanes: dict[str, LaneMeasures]) -> str:
    scored = {
        key: (lane.perplexity, lane.entropy)
        for key, lane in lanes.items()
        if lane.perplexity is not None and lane.entropy is not None
    }
    if not scored:
        return ""
    rows = "; ".join(
        f"{name[key]} {perplexity:,.{1 if perplexity < 100 else 0}f}, entropy {entropy:.2f} nats"
        for key, (perplexity, entropy) in scored.items()
    )
    return f"Perplexity under the AR twin, which favours its own text: {rows}."
