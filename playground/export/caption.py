"""The title and caption of a run in a file: where, when and with which settings and weights it was recorded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from playground.request import lanes
from playground.request.race_request import RaceRequest
from playground.request.rules import COMMITS
from playground.trace.served import faults_of, note_of, remote_of
from playground.trace.tokenizers import share_tokenizer
from playground.trace.trace import Trace

LONGEST = 90  # characters of a prompt in a title
TOLD = ("fit", "here", "chip", "served")  # finish lines that a picture has room for, the first two of them
UNFINISHED = {
    "stopped": "It was stopped before its end.",
    "limit": "It was ended at a limit, before its end.",
    "error": "It broke off with an error, before its end.",
    "cut off": "It was cut off before its end: the rest was never received.",
}


def title(trace: Trace) -> str:
    """The prompt on one line, cut after LONGEST characters."""
    prompt = " ".join(str(trace.run.get("prompt") or "A recorded run").split())
    return prompt if len(prompt) <= LONGEST else f"{prompt[: LONGEST - 1].rstrip()}…"


def run_id(trace: Trace) -> str:
    """The name of a run, by which a picture can be traced to it; empty for one without."""
    return str(trace.run.get("id") or "")[:40]


def caption(trace: Trace) -> str:
    """Device, date, settings and checkpoints on one line, as far as the run records them."""
    run = trace.run
    day, device = str(run.get("date") or "")[:10], str(run.get("device_name") or run.get("device") or "")
    made = " ".join(filter(None, (day, f"on {device}" if device else "")))
    parts = [f"Diffusion playground. A recorded run with its own times{f', made {made}' if made else ''}."]
    if said := unfinished(trace):
        parts.append(said)
    if models := models_line(trace):
        parts.append(f"Models: {models}.")
    parts += served_lines(trace)
    if rates := rates_line(trace):
        parts.append(rates)
    if settings := settings_line(run):
        parts.append(f"Settings: {settings}.")
    checkpoints = run.get("checkpoints")
    known = checkpoints if isinstance(checkpoints, Mapping) else {}
    if weights := ", ".join(f"{name} {str(value)[:12]}" for name, value in known.items() if value):
        parts.append(f"Weights: {weights}.")
    return " ".join(parts)


def models_line(trace: Trace) -> str:
    """The models of a race that names them, each with the settings in which its lane differs; empty for another."""
    try:
        named = lanes.parse(trace.run.get("lanes"))
    except ValueError:
        return ""
    own = [", ".join(f"{name.replace('_', ' ')} {value}" for name, value in one.own.items()) for one in named]
    return ", ".join(f"{lane.title} ({more})" if more else lane.title for lane, more in zip(trace.lanes, own))


def rates_line(trace: Trace) -> str:
    """The speeds of lanes whose tokens are of different size, as a sentence; empty where lanes share a tokenizer, and
    for a run without a verdict."""
    figures = (trace.verdict or {}).get("lanes")
    if share_tokenizer(trace.lanes) or not isinstance(figures, Mapping):
        return ""
    rates = [
        f"{lane.title} {_rate(row)}"
        for lane in trace.lanes
        if isinstance(row := figures.get(lane.key), Mapping) and isinstance(row.get("char_per_s"), (int, float))
    ]
    return f"Speed, where tokens are of different size: {'; '.join(rates)}." if rates else ""


def _rate(row: Mapping[str, Any]) -> str:
    tokens = row.get("tok_per_s")  # unknown of a server that did not count them
    own = f", {tokens:,.0f} tokens of its own" if isinstance(tokens, (int, float)) else ""
    return f"{row['char_per_s']:,.0f} characters a second{own}"


def served_lines(trace: Trace) -> list[str]:
    """What a reader must know of each served lane, and why it failed, in sentences."""
    faults = faults_of(trace)
    return [
        " ".join(filter(None, (f"{lane.title}: {note_of(lane)}", faults.get(lane.key))))
        for lane in trace.lanes
        if remote_of(lane) is not None
    ]


def unfinished(trace: Trace) -> str:
    """Why a run is incomplete, as a sentence; empty for a complete run."""
    ended = {frame.lane for frame in trace.frames if frame.phase == "final"} | faults_of(trace).keys()
    whole = ended >= {lane.key for lane in trace.lanes}
    return UNFINISHED.get(trace.ended or "", "" if whole or trace.ended else UNFINISHED["cut off"])


def conclusion(trace: Trace) -> list[str]:
    """What a picture says at its end, in one or two sentences: why the run is incomplete; or whether the words fit and
    who was first, here and on a large chip. Empty for a run without a verdict."""
    if said := unfinished(trace):
        return [said]
    verdict = trace.verdict or {}
    lines = verdict.get("finish")
    told = {str(one.get("name")): str(one.get("line")) for one in lines or () if isinstance(one, Mapping)}
    first, _, _ = str(verdict.get("line") or "").partition(". ")
    return [told[name] for name in TOLD if name in told][:2] or ([f"{first.rstrip('.')}."] if first else [])


def settings_line(run: Mapping[str, Any]) -> str:
    """Seed, length, steps and every setting that differs from the page's defaults, on one line."""
    defaults = RaceRequest("").to_json()
    always = ("seed", "length", "steps")
    foreign = {"commit"} if run.get("commit") not in COMMITS else set()  # early runs stored the git commit there
    passed_over = {"prompt", "resume", "lanes", "picture", *always, *foreign}
    changed = [name for name in defaults if name in run and run[name] != defaults[name] and name not in passed_over]
    told = [f"{name.replace('_', ' ')} {run[name]}" for name in (*always, *changed) if name in run]
    return ", ".join([*told, *(["a picture"] if run.get("picture") else [])])
