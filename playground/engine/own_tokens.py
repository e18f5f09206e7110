"""What a race tells of lanes that read or cut text each in its own way: another template, another tokenizer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from playground.engine.lane_source import RunningLane
from playground.trace.tokenizers import share_tokenizer

OWN_ENDS = (
    "“Same length” has no effect here: the models' tokens are of different size, so each model ends its text itself."
)


def one_tokenizer(running: Iterable[RunningLane]) -> bool:
    """Whether the lanes of this device cut text into the same tokens. A lane apart does as its server does."""
    return share_tokenizer(run.lane for run in running if not run.apart)


def with_own_ends(running: Mapping[str, RunningLane]) -> dict[str, RunningLane]:
    """The lanes, the first of this device with OWN_ENDS in its note."""
    first = next(key for key, run in running.items() if not run.apart)
    note = running[first].lane.about.get("note")
    return {**running, first: _told(running[first], {"note": " ".join(filter(None, (note, OWN_ENDS)))})}


def with_own_texts(running: Mapping[str, RunningLane]) -> dict[str, RunningLane]:
    """The lanes; each that reads another text than the first has this text in ``about["prompt_text"]``. The text of
    the first is the run's ``prompt_text``."""
    text = next(iter(running.values())).text
    return {key: run if run.text == text else _told(run, {"prompt_text": run.text}) for key, run in running.items()}


def _told(run: RunningLane, about: Mapping[str, Any]) -> RunningLane:
    return replace(run, lane=replace(run.lane, about={**run.lane.about, **about}))
