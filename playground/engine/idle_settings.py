"""Sentences on settings that had no effect in a finished run, based only on what its passes did.

The counts come from Tally and trace/events.py. Nothing here estimates what another value of a setting would have done.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from playground.engine.tally import Tally
from playground.metrics.lane_metrics import LaneMeasures
from playground.request.rules import CACHES, COMMITS, REVISIONS


def idle(name: str, settings: Mapping[str, Any], seen: Tally, figures: LaneMeasures) -> list[str]:
    """One sentence for each rule that had no effect in a finished diffusion lane.

    name: the lane's name in the sentences. settings: the values of its RaceRequest, by name. seen, figures: its counts.
    """
    said = []
    cache, commit = CACHES[settings["cache"]], COMMITS[settings["commit"]]
    if "approximate" in cache.traits and not seen.read_cache:
        said.append(
            f"The cache of {name} was filled and never read, because no block took a second pass: all was computed exactly."
        )
    elif "ahead" in cache.traits and not seen.read_after:
        said.append(
            f"The dual cache of {name} did no more than the prefix cache: nothing stands right of a block that was read."
        )
    revision = REVISIONS[settings["revise"]]
    if "redraws" in revision.traits:
        if not seen.left_open:
            said.append(f"{revision.label} turned nothing of {name} back into noise.")
    elif "keeps" not in revision.traits and not seen.revised:
        said.append(
            f"{revision.label} took nothing back in {name}, and replaced nothing{_too_short(settings, figures)}."
        )
    if seen.filled and not seen.left_open:
        said.append(f"{commit.label} had nothing to choose from in {name}: each block was filled in one pass.")
    elif commit.pace is None and seen.filled and not seen.let_more:
        said.append(
            f"{commit.label} decided nothing in {name}: each pass settled just the surest share that a limit of "
            f"{settings['steps']} passes asks for."
        )
    if settings["guidance"] and not seen.swayed:
        said.append(f"Guidance changed the likeliest token nowhere in {name}.")
    for rule, level in ((commit, settings["commit_level"]), (revision, settings["revise_level"])):
        if rule.level is None and level is not None:
            said.append(f"The level {level:g} did nothing in {name}: the rule {rule.label} has nothing to tune.")
    return said


def _too_short(settings: Mapping[str, Any], figures: LaneMeasures) -> str:
    """Why a rule that masks tokens again could not, where no block had a pass between its first and its last; may be
    empty. Within a block the first pass finds nothing settled, and after the last nothing is filled."""
    even = COMMITS[settings["commit"]].pace is not None
    short = figures.passes <= 2 * settings["blocks"]
    if "masks" not in REVISIONS[settings["revise"]].traits or not even or not short:
        return ""
    return ": a block has at most 2 passes, and none between them"


def idle_draw(settings: Mapping[str, Any]) -> list[str]:
    """A sentence if top-p or top-k had no effect on sampling, else nothing. For a lane of either kind."""
    named = [label for label, off in (("Top-p", settings["top_p"] == 1), ("top-k", settings["top_k"] == 0)) if not off]
    words = " and ".join(named)
    return (
        [f"{words[0].upper()}{words[1:]} did nothing: at temperature 0 the likeliest token is taken."]
        if named and not settings["temperature"]
        else []
    )
