"""Chooses the limits of the page's out-of-domain notice, and measures how often the notice is wrong on prompts
written by hand.

The limits come from held-out requests alone. The prompts in prompts/inside.toml and outside.toml only test them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from playground.decoders.perplexity import nats, perplexity
from playground.engine.familiar import count, outside
from playground.text.prompts import kind, lead, wrap
from playground.text.token_ids import plain_ids
from playground.training.runs import Twin
from playground.training.text.draw import held_out, held_out_stories
from playground.training.text.prompts import FILES, prompts


@dataclass(frozen=True)
class NoticeSettings:
    """The held-out requests that the limits come from, and the percentiles of their nats per word, see familiar.py."""

    requests: int = 400
    stories: int = 60  # openings of stories
    most: float = 90.0  # percentile of the lower limit
    nearly_all: float = 97.0  # percentile of the upper limit
    seed: int = 60


def surprise(ar: Twin, prompt: str) -> float:
    """Negative log-likelihood of a prompt under the AR twin, in nats."""
    return nats(ar.model, plain_ids(lead(prompt), ar.tokenizer))


def limits(ar: Twin, settings: NoticeSettings) -> dict[str, float]:
    """The two percentiles of nats per word over held-out requests, "most" and "nearly_all"."""
    asked = [*held_out(settings.requests, settings.seed), *held_out_stories(settings.stories, settings.seed)]
    found = [surprise(ar, request.prompt) / count(request.prompt) for request in asked]
    return {name: round(float(np.percentile(found, getattr(settings, name))), 3) for name in ("most", "nearly_all")}


def notice(ar: Twin, settings: NoticeSettings) -> dict[str, Any]:
    """The limits, and the share of prompts in each file written by hand that gets the notice."""
    chosen = limits(ar, settings)
    return {"nats_per_word": chosen, "told": shares(lambda prompt: outside(prompt, surprise(ar, prompt), **chosen))}


def by_perplexity(ar: Twin, limits: dict[str, float]) -> dict[str, dict[str, float]]:
    """The shares of prompts that get the notice if the perplexity of the whole prompt decides, as for twins trained on
    other text. ``limits`` are perplexities by kind (prompts.KINDS)."""

    def strange(prompt: str) -> bool:
        text = wrap(prompt)
        return perplexity(ar.model, plain_ids(text, ar.tokenizer)) > limits.get(kind(text), float("inf"))

    return shares(strange)


def shares(strange: Callable[[str], bool]) -> dict[str, dict[str, float]]:
    """By file of prompts: "of" is the number of prompts, "told" the share that ``strange`` holds for."""
    return {name: {"of": len(prompts(name)), "told": share(prompts(name), strange)} for name in FILES}


def share(asked: Sequence[str], strange: Callable[[str], bool]) -> float:
    """The share of prompts that ``strange`` holds for, 0 to 1."""
    return round(sum(map(strange, asked)) / max(1, len(asked)), 4)


def notice_lines(told: dict[str, dict[str, float]]) -> list[str]:
    """The result of ``shares`` as lines for a terminal."""
    return [f"{f'  {name}':34}{row['of']:>6}{row['told']:>9.1%}" for name, row in told.items()]
