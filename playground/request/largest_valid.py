"""The largest valid subset of some settings, and the reason for each setting that is left out.

The search is exhaustive. It leaves out no setting, then each one, each pair and each triple, and stops at the first
valid subset, which therefore is a largest one. For n settings it parses at most 1 + n + n(n-1)/2 + n(n-1)(n-2)/6
requests: 1,351 for n = 20. If more than three settings are wrong, only the prompt is kept. Among subsets of equal size,
those without the settings that give way (``Setting.gives_way``) are tried first.
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
    """The settings to keep, and for each of the others the reason why it is left out. given: unchecked values by
    name."""
    order = sorted(given, key=lambda name: not SETTINGS[name].gives_way)
    for count in range(MOST_LEFT_OUT + 1):
        for out in combinations(order, count):
            kept = {name: value for name, value in given.items() if name not in out}
            if not why_not(kept):
                return kept, {name: why_not({**kept, name: given[name]}) for name in out}
    kept = {"prompt": given["prompt"]} if "prompt" in given and not why_not({"prompt": given["prompt"]}) else {}
    return kept, {name: why_not({**kept, name: value}) for name, value in given.items() if name not in kept}


def why_not(values: Mapping[str, str]) -> str:
    """The reason why these settings are no valid request; empty if they are."""
    try:
        RaceRequest.parse({"prompt": NO_PROMPT, **values})
    except RequestError as error:
        return str(error)
    return ""
