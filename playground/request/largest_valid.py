"""The largest part of some settings that a race can be asked for with, and why the rest cannot.

An exhaustive search, smallest loss first: it leaves out none, then each one, each two, each three. So of n settings at most
1 + n + n(n-1)/2 + n(n-1)(n-2)/6 requests are parsed, 1,351 of 20; where more than three are wrong, only the prompt is kept. What comes
back is a largest part, since every larger one was tried before. Among parts of one size, that part is taken that leaves out
settings which give way (``Setting.gives_way``).
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

from playground.request.fields import RequestError
from playground.request.race_request import RaceRequest
from playground.request.settings_table import SETTINGS

MOST_LEFT_OUT = 3
NO_PROMPT = "a link without a prompt"


def largest_valid(given: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """The settings to keep, and for each of the others why it cannot be. given: settings by name, with any values."""
    order = sorted(given, key=lambda name: not SETTINGS[name].gives_way)
    for count in range(MOST_LEFT_OUT + 1):
        for out in combinations(order, count):
            kept = {name: value for name, value in given.items() if name not in out}
            if not why_not(kept):
                return kept, {name: why_not({**kept, name: given[name]}) for name in out}
    kept = {"prompt": given["prompt"]} if "prompt" in given and not why_not({"prompt": given["prompt"]}) else {}
    return kept, {name: why_not({**kept, name: value}) for name, value in given.items() if name not in kept}


def why_not(values: Mapping[str, str]) -> str:
    """Why a race cannot be asked for like this; empty where it can."""
    try:
        RaceRequest.parse({"prompt": NO_PROMPT, **values})
    except RequestError as error:
        return str(error)
    return ""
