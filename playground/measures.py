"""Figures of a finished lane, all read off its trace; the one-line verdict; perplexity under a causal model."""
from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any, Mapping, Sequence

from playground.trace import SETTLED, Change, Lane, Trace


TIE = 1.05  # clocks closer than this factor are called a tie


@dataclass(frozen=True)
class LaneMeasures:
    """tokens: text tokens before the first end token; passes: forward passes; ms: lane clock; first_token_ms: first
    commit; first_readable_ms: when the longest settled prefix reached a first whole word; entropy: of the tokens written,
    in nats; distinct_2: share of different pairs among the neighbouring tokens; perplexity: of the text under the AR
    twin, None where it was not measured."""

    tokens: int
    passes: int
    ms: float
    tok_per_s: float
    tokens_per_pass: float
    ms_per_pass: float
    first_token_ms: float | None
    first_readable_ms: float | None
    entropy: float | None
    distinct_2: float | None
    perplexity: float | None


def written_ids(trace: Trace, key: str, end: int | None) -> list[int]:
    """Settled ids behind the prompt, up to the first open position or end token."""
    ids = []
    for _, cell in sorted(trace.canvas(key).items()):
        if cell.state == "prompt":
            continue
        if cell.state not in SETTLED or cell.id == end:
            break
        ids.append(cell.id)
    return ids


def settled_tokens(cells: Mapping[int, Change], lane: Lane) -> int:
    """Settled text tokens behind the prompt and before the first settled end token, gaps passed over: the tokens of tok/s
    while a lane is under way."""
    count = 0
    for _, cell in sorted(cells.items()):
        if cell.state == "prompt" or cell.state not in SETTLED:
            continue
        if cell.id == lane.about.get("end_id"):
            break
        count += 1
    return count


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


def measure(trace: Trace, key: str, perplexity: float | None = None) -> LaneMeasures:
    """Measure one lane of a trace that has at least its frame 0."""
    frames = trace.frames_of(key)
    ids = written_ids(trace, key, trace.lane(key).about.get("end_id"))
    passes, ms = len(frames) - 1, frames[-1].t_ms
    return LaneMeasures(
        tokens=len(ids), passes=passes, ms=round(ms, 3), tok_per_s=round(1000 * len(ids) / ms, 1) if ms else 0.0,
        tokens_per_pass=round(len(ids) / passes, 2) if passes else 0.0,
        ms_per_pass=round(ms / passes, 3) if passes else 0.0,
        first_token_ms=_first_token_ms(frames), first_readable_ms=_first_readable_ms(trace, key),
        entropy=unigram_entropy(ids), distinct_2=distinct(ids), perplexity=perplexity,
    )


def _first_token_ms(frames) -> float | None:
    return next((f.t_ms for f in frames if any(c.state in SETTLED and c.state != "prompt" for c in f.changes)), None)


def _first_readable_ms(trace: Trace, key: str) -> float | None:
    """When the settled prefix first holds a word that can grow no more: something that is no letter follows it, or the
    text ends behind it. None where no word was ever whole."""
    end = trace.lane(key).about.get("end_id")
    cells: dict[int, Any] = {}
    for frame in trace.frames_of(key):
        cells.update((c.position, c) for c in frame.changes)
        prefix, closed = "", frame.phase == "final"
        for _, cell in sorted(cells.items()):
            if cell.state == "prompt":
                continue
            if cell.state not in SETTLED or cell.id == end:
                closed = closed or cell.id == end and cell.state in SETTLED
                break
            prefix += cell.text
        if re.search(r"\w(?=[^\w'’])" + (r"|\w$" if closed else ""), prefix):
            return frame.t_ms
    return None


def verdict(trace: Trace, perplexities: dict[str, float | None], device: str) -> dict[str, Any]:
    """The end of a race in figures and one line: who was first, by what factor, at how many passes, how good, and why."""
    lanes = {lane.key: measure(trace, lane.key, perplexities.get(lane.key)) for lane in trace.lanes}
    return {"line": _line(trace, lanes, device), "lanes": {key: asdict(row) for key, row in lanes.items()}}


def _line(trace: Trace, lanes: dict[str, LaneMeasures], device: str) -> str:
    order = sorted(lanes, key=lambda key: lanes[key].ms)
    if len(order) < 2:
        return ""
    first, second = order[0], order[-1]
    one, two = lanes[first], lanes[second]
    name = {lane.key: lane.title for lane in trace.lanes}
    factor = _ratio(one.ms, two.ms)
    if factor < TIE:
        who = f"A tie at {one.ms:,.0f} ms: {name[first]} in {_passes(one)}, {name[second]} in {_passes(two)}."
    else:
        who = (
            f"{name[first]} finished first: {one.ms:,.0f} ms against {two.ms:,.0f} ms, {factor:.1f}× as fast, "
            f"in {_passes(one)} against {two.passes}."
        )
    return " ".join(part for part in (who, _lengths(name, one, two, first, second), _why(trace, lanes, device),
                                      _quality(name, lanes)) if part)


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


def _ratio(one: float, two: float) -> float:
    return max(one, two) / min(one, two) if min(one, two) > 0 else 1.0


def _quality(name, lanes: dict[str, LaneMeasures]) -> str:
    scored = {key: lane for key, lane in lanes.items() if lane.perplexity is not None and lane.entropy is not None}
    if not scored:
        return ""
    rows = "; ".join(
        f"{name[key]} perplexity {lane.perplexity:,.{1 if lane.perplexity < 100 else 0}f}, entropy {lane.entropy:.2f} nats" for key, lane in scored.items()
    )
    return f"Quality, judged by the AR twin, which favours its own text: {rows}."
