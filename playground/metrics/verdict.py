"""The verdict of a finished race: the metrics of every lane, and its finish lines in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from types import MappingProxyType
from typing import Any

from playground.metrics.cost import Cost, Peak
from playground.metrics.finish import (
    TIE,
    Calculated,
    Finish,
    chip,
    flaws,
    here,
    joined,
    looks,
    name_of,
    ratio,
    replies,
)
from playground.metrics.fit import faults, fit
from playground.metrics.lane_metrics import LaneMeasures, measure
from playground.metrics.replies import Worth
from playground.metrics.served_metrics import measure_served
from playground.metrics.served_verdict import served_line
from playground.metrics.table import AR_TWIN
from playground.trace.served import faults_of, remote_of
from playground.trace.tokenizers import share_tokenizer
from playground.trace.trace import Lane, Trace

NOTHING: Mapping[str, Any] = MappingProxyType({})
MISFIT = ", with words that do not fit"  # of a lane that was first


def verdict(
    trace: Trace,
    perplexities: Mapping[str, float | None],
    device: str,
    costs: Mapping[str, Cost] = NOTHING,
    peak: Peak | None = None,
    idle: Callable[[Lane, LaneMeasures], Sequence[str]] = lambda lane, figures: (),
    worths: Mapping[str, Worth] = NOTHING,
    scorer: str = AR_TWIN,
    bits_per_byte: Mapping[str, float | None] = NOTHING,
    originals: Mapping[str, Sequence[int]] = NOTHING,
    calculated: Calculated | None = None,
) -> dict[str, Any]:
    """The verdict as JSON data: {"line", "finish", "more", "lanes", "scorer", "peak", "calculated"}; all but "line" and
    "lanes" only where there is something to say.

    ``finish`` holds the finish lines in their order, as {"name", "line", "why"}, ``why`` only where there is one: whether
    the text fits the words that were given on both sides ("fit"), how often each lane looked at the text ("looks"), who was
    first by the clock of this machine ("here"), what a large model on a large chip would do ("chip"), how served lanes
    compare ("served", served_verdict.py), what the replies are worth ("replies"), and what else a reader must know
    ("notes"). ``line`` is all of them as one text. Where the lanes do not share a tokenizer, "here" compares characters a
    second, and nothing compares passes.

    ``lanes`` holds LaneMeasures by key of the lane, and ServedMeasures for served lanes; a lane that failed is left out.
    ``more`` holds details that only some readers want: scores and entropy. ``calculated`` holds the times of ``chip``.

    perplexities, bits_per_byte, costs, worths: by key of the lane; device: its name for a reader; peak: of the device;
    idle: gives a sentence for each setting that changed nothing in a lane; scorer: the model of the scores, in a
    sentence; originals: token ids of a text that was corrupted, by key of the lane; calculated: the race elsewhere.
    """
    local = [lane for lane in trace.lanes if remote_of(lane) is None]
    lanes = {
        lane.key: measure(
            trace,
            lane.key,
            perplexities.get(lane.key),
            costs.get(lane.key),
            peak,
            worths.get(lane.key),
            bits_per_byte.get(lane.key),
        )
        for lane in local
    }
    served: dict[str, Any] = {
        lane.key: measure_served(trace, lane.key, worths.get(lane.key))
        for lane in trace.lanes
        if remote_of(lane) is not None and lane.key not in faults_of(trace)
    }
    shared, compared = share_tokenizer(local), len(lanes) > 1  # one lane alone has no sentence
    name = {lane.key: name_of(lane) for lane in trace.lanes}
    beside = served_line(trace, served, {key: row.ms for key, row in lanes.items()} if len(lanes) == 1 else {})
    own = (
        []
        if not compared
        else _finish(trace, local, lanes, device, originals, calculated, worths)
        if shared
        else [_characters(local, lanes, device)]
    )
    judged = replies(trace.lanes, worths) if own or beside else None
    did_nothing = dict.fromkeys(said for lane in local for said in idle(lane, lanes[lane.key]))
    finish = [
        *own,
        *([Finish("served", beside)] if beside else []),
        *([judged] if judged else []),
        *(Finish("notes", said) for said in did_nothing),
    ]
    more = (_perplexities if shared else _bits_per_byte)(name, lanes, scorer) if compared else ""
    figures: dict[str, dict[str, Any]] = {
        **{key: asdict(row) for key, row in lanes.items()},
        **{key: asdict(row) for key, row in served.items()},
    }
    return {
        "line": joined(finish),
        **({"finish": [one.to_json() for one in finish]} if finish else {}),
        **({"more": more} if more else {}),
        "lanes": {lane.key: figures[lane.key] for lane in trace.lanes if lane.key in figures},
        **({"scorer": scorer} if any(row.perplexity is not None for row in lanes.values()) else {}),
        **({"peak": asdict(peak)} if peak else {}),
        **({"calculated": calculated.to_json()} if calculated and own else {}),
    }


def _finish(
    trace: Trace,
    lanes: Sequence[Lane],
    figures: Mapping[str, LaneMeasures],
    device: str,
    originals: Mapping[str, Sequence[int]],
    calculated: Calculated | None,
    worths: Mapping[str, Worth],
) -> list[Finish]:
    """The finish lines of lanes that share a tokenizer. Where words are given on both sides, what counts first is
    whether the text fits them. No speed is told without what it cost the text."""
    misfits = {key: MISFIT for key, said in faults(trace, lanes).items() if said}
    spoiled = flaws(worths) | misfits
    lines = (
        fit(trace, lanes, originals),
        looks(lanes, figures),
        here(lanes, figures, device, spoiled),
        chip(lanes, calculated, spoiled) if calculated else None,
    )
    return [line for line in lines if line]


def _characters(lanes: Sequence[Lane], figures: Mapping[str, LaneMeasures], device: str) -> Finish:
    """Who wrote faster, of lanes whose tokens are of different size: text counts by its characters."""
    order = sorted(lanes, key=lambda lane: -figures[lane.key].char_per_s)
    first, second = name_of(order[0]), name_of(order[-1])
    one, two = figures[order[0].key], figures[order[-1].key]
    factor = ratio(one.char_per_s, two.char_per_s)
    characters = f"{one.char_per_s:,.0f} characters a second"
    tokens = f"({one.tok_per_s:,.0f} and {two.tok_per_s:,.0f} of their own tokens)"
    if not two.char_per_s:
        who = f"{second} wrote nothing." if one.char_per_s else "No model wrote anything."
    elif factor < TIE:
        who = f"A tie at {characters} {tokens}: {first} and {second}."
    else:
        who = f"{first} wrote {factor:.1f}× as fast as {second}: {characters} against {two.char_per_s:,.0f} {tokens}."
    took = "; ".join(_took(name_of(lane), figures[lane.key]) for lane in order)
    return Finish(
        "here", who, f"Their tokens are of different size, so only characters compare. On {device} they wrote: {took}."
    )


def _took(name: str, lane: LaneMeasures) -> str:
    return (
        f"{name} {lane.characters} character{'' if lane.characters == 1 else 's'} in {lane.ms:,.0f} ms, "
        f"{lane.passes} pass{'' if lane.passes == 1 else 'es'} of {lane.ms_per_pass:,.1f} ms"
    )


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
