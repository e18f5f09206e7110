"""The finish lines of a race: each one thing that a reader learns at its end, in plain words. verdict.py orders them.

A lane has its letter for a name, or its title. ``line`` says what came out, ``why`` the reason or a limit of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any

from playground.metrics.lane_metrics import LaneMeasures
from playground.metrics.replies import Worth
from playground.trace.trace import Lane

NOTHING: Mapping[str, Any] = MappingProxyType({})
UNKNOWN = "Whether they answer, only you can tell."
TINY = "Both models are tiny, so this says little of large ones."
TIE = 1.05  # clocks closer than this factor are called a tie


@dataclass(frozen=True)
class Finish:
    """One finish line."""

    name: str  # "fit", "looks", "here", "chip", "served", "replies" or "notes"
    line: str
    why: str = ""

    def to_json(self) -> dict[str, str]:
        """Its fields, without an empty ``why``."""
        return {name: text for name, text in asdict(self).items() if text}


@dataclass(frozen=True)
class Calculated:
    """The same race with another model on another device, calculated (estimates/elsewhere.py)."""

    model: str  # as a sentence names it
    device: str
    ms_per_pass: Mapping[str, float]  # mean, by key of the lane
    ms: Mapping[str, float]  # of all passes, by key of the lane
    error: str  # a sentence on how far it may be off

    def to_json(self) -> dict[str, Any]:
        """What the stage needs to play the race at these times."""
        return {"model": self.model, "device": self.device, "ms_per_pass": dict(self.ms_per_pass)}


def joined(finish: Iterable[Finish]) -> str:
    """All finish lines as one text, for a terminal, an export and old readers."""
    return " ".join(text for one in finish for text in (one.line, one.why) if text)


def name_of(lane: Lane) -> str:
    """What a sentence calls a lane."""
    return lane.about.get("letter") or lane.title


def ratio(one: float, two: float) -> float:
    """The larger of two numbers divided by the smaller; 1 where one of them is not above zero."""
    return max(one, two) / min(one, two) if min(one, two) > 0 else 1.0


def _against(one: float, two: float) -> str:
    """Two times in ms that differ, with as few digits as show it."""
    pairs = (tuple(f"{ms:,.{digits}f} ms" for ms in (one, two)) for digits in range(4))
    first, second = next((pair for pair in pairs if pair[0] != pair[1]), (f"{one:,.3f} ms", f"{two:,.3f} ms"))
    return f"{first} against {second}"


# ---------- looks


def looks(lanes: Sequence[Lane], figures: Mapping[str, LaneMeasures]) -> Finish:
    """How often each lane looked at the text: a count, and so the same on every machine."""
    counts = [figures[lane.key].passes for lane in lanes]
    told = _looks_of_one_kind(lanes, counts) if len({lane.kind for lane in lanes}) == 1 else _looks(lanes, counts)
    even = len(lanes) == 2 and counts[0] == counts[1]
    return Finish("looks", f"{told}: as many." if even else f"{told}.")


def _looks(lanes: Sequence[Lane], counts: Sequence[int]) -> str:
    return "; ".join(
        f"{name_of(lane)} took {_counted(count, 'step')}"
        if lane.kind == "ar"
        else f"{name_of(lane)} looked at the {_seen(lane)} {_times(count)}"
        for lane, count in zip(lanes, counts)
    )


def _looks_of_one_kind(lanes: Sequence[Lane], counts: Sequence[int]) -> str:
    if lanes[0].kind == "ar":
        return _looks(lanes, counts)
    first, *others = (f"{name_of(lane)}{{}} {_times(count)}" for lane, count in zip(lanes, counts))
    return ", ".join([first.format(f" looked at the {_seen(lanes[0])}"), *(other.format("") for other in others)])


def _seen(lane: Lane) -> str:
    """What a diffusion pass reads. A cache spares a part of the text; a model that writes in blocks, which its note
    says, never reads what comes after."""
    return "text" if lane.about.get("approximate") or lane.about.get("note") else "whole text"


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count:,} times")


def _counted(count: int, unit: str) -> str:
    return f"{count:,} {unit}{'' if count == 1 else 's'}"


# ---------- the clock here


def here(
    lanes: Sequence[Lane], figures: Mapping[str, LaneMeasures], device: str, flaws: Mapping[str, str] = NOTHING
) -> Finish:
    """Who was done first by the clock of the machine that made the race, and why. device: its name for a reader; flaws:
    what is wrong with a lane's text, by its key, as "with a broken reply"."""
    first, *_, last = sorted(lanes, key=lambda lane: figures[lane.key].ms)
    one, two = figures[first.key], figures[last.key]
    factor = ratio(one.ms, two.ms)
    if factor < TIE:
        said = f"A tie at {one.ms:,.0f} ms on {device}: {name_of(first)} and {name_of(last)}."
    else:
        whose = f" of {name_of(last)}" if len(lanes) > 2 else ""
        said = (
            f"On {device} {name_of(first)} finished first: {_against(one.ms, two.ms)}{whose}, "
            f"{factor:.1f}× as fast{flaws.get(first.key, '')}."
        )
    why = (_why(first, last, figures), _lengths(first, last, figures))
    return Finish("here", said, " ".join(filter(None, why)))


def _why(one: Lane, two: Lane, figures: Mapping[str, LaneMeasures]) -> str:
    """Why one of two lanes was faster: a lane's time is its passes times the time of a pass, so two ratios explain the
    result."""
    if one.about.get("letter") and two.about.get("letter"):
        return _why_of_samplers({lane.about["letter"]: figures[lane.key] for lane in (one, two)})
    if {one.kind, two.kind} != {"diffusion", "ar"}:
        return ""
    diffusion, ar = (figures[lane.key] for lane in sorted((one, two), key=lambda lane: lane.kind == "ar"))
    if not (diffusion.passes and ar.passes and ar.ms_per_pass):
        return ""
    fewer, dearer = ar.passes / diffusion.passes, diffusion.ms_per_pass / ar.ms_per_pass
    cost = f"There one look costs {dearer:.1f} steps"
    if fewer <= 1:
        return (
            f"{cost}, and there are {'as many' if fewer == 1 else 'more'} looks {'as' if fewer == 1 else 'than'} steps."
        )
    return f"{cost} and replaces {'only ' if fewer < dearer and ratio(diffusion.ms, ar.ms) >= TIE else ''}{fewer:.1f}."


def _lengths(first: Lane, last: Lane, figures: Mapping[str, LaneMeasures]) -> str:
    """That two lanes wrote different lengths; empty where they did not."""
    one, two = figures[first.key].tokens, figures[last.key].tokens
    if one == two:
        return ""
    return f"They wrote different lengths: {_counted(one, 'token')} ({name_of(first)}) and {two} ({name_of(last)})."


def _why_of_samplers(by_letter: Mapping[str, LaneMeasures]) -> str:
    """Why one sampler was faster than another of the same model: number of passes, and time of a pass."""
    a, b = by_letter.values()
    if not (a.ms_per_pass and b.ms_per_pass):
        return ""
    costs = ratio(a.ms_per_pass, b.ms_per_pass)
    if costs < 1.1 and a.passes == b.passes:
        return "They take as many passes, and a pass costs about the same."
    if costs < 1.1:
        return "Their passes cost about the same, so the number of passes decides."
    cheaper, dearer = sorted(by_letter, key=lambda letter: by_letter[letter].ms_per_pass)
    return f"A pass of {dearer} costs {costs:.1f}× a pass of {cheaper}."


# ---------- a large model on a large chip


def chip(lanes: Sequence[Lane], calculated: Calculated, flaws: Mapping[str, str] = NOTHING) -> Finish:
    """What the same passes would take elsewhere. flaws: as for ``here``."""
    first, last = sorted(lanes, key=lambda lane: calculated.ms[lane.key])
    one, two = calculated.ms[first.key], calculated.ms[last.key]
    factor = ratio(one, two)
    race = f"The same race with {calculated.model} on {calculated.device}, calculated:"
    if factor < TIE:
        said = f"{race} a tie at {one:,.0f} ms."
    else:
        said = f"{race} {name_of(first)} first, {_against(one, two)}, {factor:.1f}× as fast"
        said += f"{flaws.get(first.key, '')}."
    return Finish("chip", said, calculated.error)


# ---------- what the replies are worth


def flaws(worths: Mapping[str, Worth]) -> dict[str, str]:
    """What makes a lane's speed worth little, by key, as the end of a sentence on its speed."""
    said = {key: "broken" if worth.broken else "wrong" if worth.right is False else "" for key, worth in worths.items()}
    return {key: f", with a {fault} reply" for key, fault in said.items() if fault}


def replies(lanes: Sequence[Lane], worths: Mapping[str, Worth]) -> Finish | None:
    """The judgements of all replies; None where no lane writes a reply."""
    named = [(name_of(lane), worths[lane.key]) for lane in lanes if lane.key in worths]
    if not named:
        return None
    details = "; ".join(f"{name}: {worth.fault}" for name, worth in named if worth.fault)
    if any(worth.right is not None for _, worth in named):
        line = f"Replies: {'; '.join(f'{name} {worth.grade}' for name, worth in named)}."
        return Finish("replies", line, f"{details}." if details else "")
    line = f"Replies: {details or 'no word broken, no sentence twice'}."
    tiny = details and all(str(lane.about.get("model", "")).startswith("twin-") for lane in lanes)
    return Finish("replies", line, f"{TINY} {UNKNOWN}" if tiny else UNKNOWN)
