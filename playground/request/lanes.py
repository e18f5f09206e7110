"""The lanes of a race: one to three models, each with a sampler of its own. Plain data, checked.

The setting ``lanes`` is JSON text of a list, one object per lane, for example::

    [{"model": "twin-diffusion"}, {"model": "twin-diffusion", "steps": 4}]

"model" is the key of a model's record. The other entries are the sampler settings in which the lane differs from the
request. Empty text means the default pair of models. The older setting ``versus`` compares two samplers of one model.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from playground.request import rival
from playground.request.json_text import to_json

MOST = 3
LONGEST = 4000  # characters
EXAMPLE = '[{"model": "twin-diffusion"}, {"model": "twin-ar"}]'


@dataclass(frozen=True)
class LaneRequest:
    """The request for one lane."""

    model: str  # the key of its record
    changes: str = ""  # the sampler settings that differ from the request's: JSON text from rival.read

    @property
    def own(self) -> dict[str, Any]:
        """The settings of ``changes``, by name."""
        return dict(json.loads(self.changes or "{}"))


def read(value: Any) -> str:
    """``lanes`` as canonical JSON text; empty text for an empty value. value: as for ``parse``. Raises ValueError with
    a sentence."""
    return to_json("lanes", [_spelled(lane) for lane in parse(value)], LONGEST) if value else ""


def parse(value: Any) -> tuple[LaneRequest, ...]:
    """The lanes of a list or its JSON text; () for an empty value. Raises ValueError with a sentence."""
    if value is None or value == "" or value == []:
        return ()
    if isinstance(value, str):
        try:
            value = json.loads(value) if len(value) <= LONGEST else None
        except (ValueError, RecursionError):
            value = None
    if not isinstance(value, (list, tuple)) or not 1 <= len(value) <= MOST:
        raise ValueError(f"Lanes are written as a JSON list of one to {MOST} objects, such as {EXAMPLE}.")
    return tuple(_lane(one) for one in value)


def _lane(value: Any) -> LaneRequest:
    model = value.get("model") if isinstance(value, Mapping) else None
    if not isinstance(model, str) or not model or len(model) > 200:
        raise ValueError(f"Each lane names its model, as in {EXAMPLE}.")
    return LaneRequest(model, rival.read({name: each for name, each in value.items() if name != "model"}))


def _spelled(lane: LaneRequest) -> dict[str, Any]:
    return {"model": lane.model, **lane.own}
