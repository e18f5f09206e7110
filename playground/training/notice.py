"""The page's notice that a prompt is outside what the twins know: its limits, and how often it errs on prompts written by hand.

The limits are chosen on held-out requests alone; the prompts of prompts/inside.toml and outside.toml only try it.
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
    """requests, stories: held out, on which the limits are chosen; most, nearly_all: percentiles of their nats a word, see familiar.py."""

    requests: int = 400
    stories: int = 60
    most: float = 90.0
    nearly_all: float = 97.0
    seed: int = 60


def surprise(ar: Twin, prompt: str) -> float:
    """Nats of a prompt as the AR twin reads it."""
    return nats(ar.model, plain_ids(lead(prompt), ar.tokenizer))


def limits(ar: Twin, settings: NoticeSettings) -> dict[str, float]:
    """Nats a word that most and nearly all requests of the kinds stay below."""
    asked = [*held_out(settings.requests, settings.seed), *held_out_stories(settings.stories, settings.seed)]
    found = [surprise(ar, request.prompt) / count(request.prompt) for request in asked]
    return {name: round(float(np.percentile(found, getattr(settings, name))), 3) for name in ("most", "nearly_all")}


def notice(ar: Twin, settings: NoticeSettings) -> dict[str, Any]:
    """The limits, and which share of each file of prompts written by hand is told."""
    chosen = limits(ar, settings)
    return {"nats_per_word": chosen, "told": shares(lambda prompt: outside(prompt, surprise(ar, prompt), **chosen))}


def by_perplexity(ar: Twin, limits: dict[str, float]) -> dict[str, dict[str, float]]:
    """The shares that a limit of the whole prompt's perplexity tells, as for twins of other text. limits: by prompting.KINDS."""

    def strange(prompt: str) -> bool:
        text = wrap(prompt)
        return perplexity(ar.model, plain_ids(text, ar.tokenizer)) > limits.get(kind(text), float("inf"))

    return shares(strange)


def shares(strange: Callable[[str], bool]) -> dict[str, dict[str, float]]:
    """By file: of: prompts; told: share of them."""
    return {name: {"of": len(prompts(name)), "told": share(prompts(name), strange)} for name in FILES}


def share(asked: Sequence[str], strange: Callable[[str], bool]) -> float:
    return round(sum(map(strange, asked)) / max(1, len(asked)), 4)


def notice_lines(told: dict[str, dict[str, float]]) -> list[str]:
    """For a terminal."""
    return [f"{f'  {name}':34}{row['of']:>6}{row['told']:>9.1%}" for name, row in told.items()]
