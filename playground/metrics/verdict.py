"""The verdict of a finished race: the metrics of every lane, and one line of words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from types import MappingProxyType
from typing import Any

from playground.metrics.cost import Cost, Peak
from playground.metrics.lane_metrics import LaneMeasures, measure
from playground.metrics.replies import Worth
from playground.metrics.served_metrics import measure_served
from playground.metrics.served_verdict import served_line
from playground.metrics.table import AR_TWIN
from playground.trace.served import faults_of, remote_of
from playground.trace.tokenizers import share_tokenizer
from playground.trace.trace import Lane, Trace

TIE = 1.05  # clocks closer than this factor are called a tie


def verdict(
    trace: Trace,
    perplexities: Mapping[str, float | None],
    device: str,
    costs: Mapping[str, Cost] | None = None,
    peak: Peak | None = None,
    idle: Callable[[Lane, LaneMeasures], Sequence[str]] = lambda lane, figures: (),
    worths: Mapping[str, Worth] | None = None,
    scorer: str = AR_TWIN,
    bits_per_byte: Mapping[str, float | None] = MappingProxyType({}),
) -> dict[str, Any]:
    """The verdict as JSON data: {"line", "lanes", "scorer", "more", "peak"}; the last three only where there is
    something to say.

    ``line`` says which lane finished first, by what factor, in how many passes, what the replies are worth, and why.
    Where the lanes do not share a tokenizer, it says which lane wrote more characters a second. Served lanes have
    sentences of their own (served_verdict.py). ``lanes`` holds LaneMeasures by key of the lane, and ServedMeasures for
    served lanes; a lane that failed is left out. ``more`` holds details that only some readers want: scores and entropy.

    perplexities, bits_per_byte, costs, worths: by key of the lane; device: its name for a reader; peak: of the device;
    idle: gives a sentence for each setting that changed nothing in a lane; scorer: the model of the scores, in a
    sentence.
    """
    worths = worths or {}
    here = [lane for lane in trace.lanes if remote_of(lane) is None]
    lanes = {
        lane.key: measure(
            trace,
            lane.key,
            perplexities.get(lane.key),
            (costs or {}).get(lane.key),
            peak,
            worths.get(lane.key),
            bits_per_byte.get(lane.key),
        )
        for lane in here
    }
    served: dict[str, Any] = {
        lane.key: measure_served(trace, lane.key, worths.get(lane.key))
        for lane in trace.lanes
        if remote_of(lane) is not None and lane.key not in faults_of(trace)
    }
    did_nothing = dict.fromkeys(said for lane in here for said in idle(lane, lanes[lane.key]))
    name = {lane.key: lane.about.get("letter") or lane.title for lane in trace.lanes}
    shared = share_tokenizer(here)
    more = (_perplexities if shared else _bits_per_byte)(name, lanes, scorer) if len(lanes) > 1 else ""
    # Without two lanes to compare, the replies have no sentence yet.
    line = (_line if shared else _line_of_characters)(trace, lanes, device, worths) if len(lanes) > 1 else ""
    beside = served_line(trace, served, {key: row.ms for key, row in lanes.items()} if len(lanes) == 1 else {})
    replies = _replies(name, worths) if beside and not line else ""
    return {
        "line": " ".join(filter(None, (line, beside, replies, *did_nothing))),
        **({"more": more} if more else {}),
        "lanes": {
            lane.key: asdict({**lanes, **served}[lane.key]) for lane in trace.lanes if lane.key in {**lanes, **served}
        },
        **({"scorer": scorer} if any(row.perplexity is not None for row in lanes.values()) else {}),
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
        for part in (
            who,
            _replies(name, worths),
            _lengths(name, one, two, first, second),
            _why(trace.lane(first), trace.lane(second), lanes, device),
        )
        if part
    )


def _line_of_characters(trace: Trace, lanes: dict[str, LaneMeasures], device: str, worths: Mapping[str, Worth]) -> str:
    """As ``_line``, for lanes whose tokens are of different size: text counts by its characters."""
    name = {lane.key: lane.about.get("letter") or lane.title for lane in trace.lanes}
    order = sorted(lanes, key=lambda key: -lanes[key].char_per_s)
    first, second = order[0], order[-1]
    one, two = lanes[first], lanes[second]
    factor = _ratio(one.char_per_s, two.char_per_s)
    characters = f"{one.char_per_s:,.0f} characters a second"
    tokens = f"({one.tok_per_s:,.0f} and {two.tok_per_s:,.0f} of their own tokens)"
    if not two.char_per_s:
        who = f"{name[second]} wrote nothing." if one.char_per_s else "No model wrote anything."
    elif factor < TIE:
        who = f"A tie at {characters} {tokens}: {name[first]} and {name[second]}."
    else:
        who = (
            f"{name[first]} wrote {factor:.1f}× as fast as {name[second]}: {characters} against "
            f"{two.char_per_s:,.0f} {tokens}."
        )
    took = "; ".join(
        f"{name[key]} {lane.characters} character{'s' if lane.characters != 1 else ''} in {lane.ms:,.0f} ms, "
        f"{_passes(lane)} of {lane.ms_per_pass:,.1f} ms"
        for key, lane in ((key, lanes[key]) for key in order)
    )
    return " ".join(
        filter(
            None,
            (
                who,
                "Their tokens are of different size, so only characters compare.",
                f"On {device} they wrote: {took}.",
                _replies(name, worths),
            ),
        )
    )


def _replies(name: Mapping[str, str], worths: Mapping[str, Worth]) -> str:
    """The judgements of all replies in a sentence or two."""
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


def _why(one: Lane, two: Lane, lanes: dict[str, LaneMeasures], device: str) -> str:
    """Why one of the two lanes was faster: a lane's time is its passes times the time of a pass, so two ratios explain
    the result."""
    if one.about.get("letter") and two.about.get("letter"):
        return _why_of_samplers({lane.about["letter"]: lanes[lane.key] for lane in (one, two)})
    if {one.kind, two.kind} != {"diffusion", "ar"}:
        return ""
    diffusion, ar = (lanes[lane.key] for lane in sorted((one, two), key=lambda lane: lane.kind == "ar"))
    if not (diffusion.passes and ar.passes and ar.ms_per_pass):
        return ""
    fewer, dearer = ar.passes / diffusion.passes, diffusion.ms_per_pass / ar.ms_per_pass
    cost = f"On {device} a diffusion pass over the whole canvas costs {dearer:.1f}× an AR step"
    if fewer <= 1:
        return f"{cost}, and it takes {'as many' if fewer == 1 else 'more'} passes."
    if _ratio(diffusion.ms, ar.ms) < TIE:
        return f"{cost}; {fewer:.1f}× fewer passes make up for just that."
    return f"{cost}; {fewer:.1f}× fewer passes {'outweigh' if fewer > dearer else 'do not outweigh'} that."


def _why_of_samplers(by_letter: Mapping[str, LaneMeasures]) -> str:
    """Why one sampler was faster than another of the same model: number of passes, and time of a pass."""
    a, b = by_letter.values()
    if not (a.ms_per_pass and b.ms_per_pass):
        return ""
    costs = _ratio(a.ms_per_pass, b.ms_per_pass)
    if costs < 1.1 and a.passes == b.passes:
        return "They take as many passes, and a pass costs about the same."
    if costs < 1.1:
        return "Their passes cost about the same, so the number of passes decides."
    cheaper, dearer = sorted(by_letter, key=lambda letter: by_letter[letter].ms_per_pass)
    return f"A pass of {dearer} costs {costs:.1f}× a pass of {cheaper}."


def _ratio(one: float, two: float) -> float:
    return max(one, two) / min(one, two) if min(one, two) > 0 else 1.0


def _bits_per_byte(name: Mapping[str, str], lanes: dict[str, LaneMeasures], scorer: str) -> str:
    scored = {key: lane.bits_per_byte for key, lane in lanes.items() if lane.bits_per_byte is not None}
    if not scored:
        return ""
    rows = "; ".join(f"{name[key]} {bits:.2f}" for key, bits in scored.items())
    return f"Bits per byte under {scorer}, which favours its own text: {rows}. The lower, the plainer the text."


def _perplexities(name: Mapping[str, str], lanes: dict[str, LaneMeasures], scorer: str) -> str:
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
    return f"Perplexity under {scorer}, which favours its own text: {rows}."
