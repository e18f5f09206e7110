"""Settings that did nothing in a run, in sentences: told after it, and only where its passes bear it out.

Counted by Tally and trace/events.py; what a setting would have done otherwise is no business of this file.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from playground.engine.tally import Tally
from playground.metrics.lane_metrics import LaneMeasures
from playground.request.rules import CACHES, COMMITS, REVISIONS


def idle(name: str, settings: Mapping[str, Any], seen: Tally, figures: LaneMeasures) -> list[str]:
    """What did nothing in a diffusion lane that has ended. name: of the lane; settings: those of its RaceRequest by name."""
    said = []
    if "approximate" in CACHES[settings["cache"]].traits and not seen.read_cache:
        said.append(
            f"The cache of {name} was filled and never read, because no block took a second pass: all was computed exactly."
        )
    revision = REVISIONS[settings["revise"]]
    if "redraws" in revision.traits:
        if not seen.left_open:
            said.append(f"{revision.label} turned nothing of {name} back into noise.")
    elif "keeps" not in revision.traits and not (figures.remasks or figures.replacements):
        said.append(f"{revision.label} took nothing back in {name}, and replaced nothing.")
    if seen.filled and not seen.left_open:
        said.append(
            f"{COMMITS[settings['commit']].label} had nothing to choose from in {name}: each block was filled in one pass."
        )
    if settings["guidance"] and not seen.swayed:
        said.append(f"Guidance changed the likeliest token nowhere in {name}.")
    return said


def idle_draw(settings: Mapping[str, Any]) -> list[str]:
    """What did nothing to the draw of a token, in any lane."""
    named = [label for label, off in (("Top-p", settings["top_p"] == 1), ("top-k", settings["top_k"] == 0)) if not off]
    words = " and ".join(named)
    return (
        [f"{words[0].upper()}{words[1:]} did nothing: at temperature 0 the likeliest token is taken."]
        if named and not settings["temperature"]
        else []
    )
