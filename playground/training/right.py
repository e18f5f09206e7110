"""Counts right answers: the twins reply to held-out requests and to prompts written by hand, with the page's default
commit rule and length.

Both twins write a fixed number of tokens. Only the text before the next turn is scored (text/score.py). This module
knows nothing about how the training text is drawn or how the twins are trained.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from playground.errors import TrainingError
from playground.request.race_request import RaceRequest
from playground.text.prompts import first_turn, wrap
from playground.text.token_ids import plain_ids
from playground.training.runs import Twin
from playground.training.text.draw import held_out, held_out_stories
from playground.training.text.prompts import written
from playground.training.text.score import Request, Score, score

STORIES = "story "  # prefix of the kind of every request for a story


@dataclass(frozen=True)
class RightSettings:
    """Which requests are scored, and how the twins reply."""

    count: int = 300  # held-out requests
    stories: int = 60  # held-out openings of stories
    by_hand: int = 60  # the first of the prompts written by hand
    passes: tuple[int, ...] = (4, 8, 12, 16, 32, 64)  # of the diffusion twin, one reply each
    length: int = RaceRequest.length  # tokens of a reply
    seed: int = 40


@dataclass(frozen=True)
class Reply:
    """A twin's reply to a request, and its score."""

    request: Request
    text: str  # only the first turn
    score: Score


def asked(settings: RightSettings) -> dict[str, list[Request]]:
    """The requests by set: held-out combinations of the templates' slots, openings of stories, and prompts written by
    hand."""
    return {
        "held-out": held_out(settings.count, settings.seed),
        "stories": held_out_stories(settings.stories, settings.seed),
        "by hand": written()[: settings.by_hand],
    }


def replies(twin: Twin, requests: Sequence[Request], passes: int, length: int) -> list[Reply]:
    """A twin's replies of ``length`` tokens, scored. The AR twin ignores ``passes`` and takes one pass per token.
    Raises TrainingError if a prompt and its reply exceed the twin's positions."""
    found, room = [], twin.model.config.max_position_embeddings
    for request in requests:
        prompt = plain_ids(wrap(request.prompt), twin.tokenizer)
        if len(prompt) + length > room:
            raise TrainingError(
                f"{twin.folder} reads {room} positions, and a prompt of {len(prompt)} tokens with a reply of {length} needs "
                "more. Ask for shorter replies, or train with more --positions."
            )
        ids = twin.sampler.write(prompt, length, passes, bar_end=True).ids
        text = first_turn(twin.tokenizer.decode(ids))
        found.append(Reply(request, text, score(text, request.check)))
    return found


def shares(found: Sequence[Reply]) -> dict[str, float]:
    """The number of replies ("of"), and the shares of them that are right, repeated and broken, 0 to 1."""
    return {
        "of": len(found),
        **{
            name: round(sum(getattr(reply.score, name) for reply in found) / max(1, len(found)), 4)
            for name in ("right", "repeated", "broken")
        },
    }


def right_answers(
    diffusion: Twin, ar: Twin, settings: RightSettings, report: Callable[[str], None] = lambda line: None
) -> dict[str, Any]:
    """The shares by set of requests, for the AR twin and for the diffusion twin at each number of passes; also the
    length and seed of the replies."""
    figures: dict[str, Any] = {}
    for name, requests in asked(settings).items():
        figures[name] = {"ar": shares(replies(ar, requests, settings.length, settings.length)), "diffusion": {}}
        for passes in settings.passes:
            found = replies(diffusion, requests, passes, settings.length)
            figures[name]["diffusion"][str(passes)] = shares(found)
            report(f"{name}, {passes} passes: {figures[name]['diffusion'][str(passes)]}")
    return {**figures, "length": settings.length, "seed": settings.seed}


def by_kind(found: Sequence[Reply]) -> dict[str, tuple[int, int]]:
    """Counts by kind of request: (right replies, all replies)."""
    total = Counter(reply.request.kind for reply in found)
    right = Counter(reply.request.kind for reply in found if reply.score.right)
    return {kind: (right[kind], total[kind]) for kind in sorted(total)}


def right_lines(figures: dict[str, Any]) -> list[str]:
    """The figures as a table for a terminal."""
    lines = ["", f"{'right / repeated / broken':34}{'of':>6}{'right':>9}{'repeated':>10}{'broken':>8}"]
    for name, found in figures.items():
        if isinstance(found, dict):
            rows = {"AR": found["ar"], **{f"{passes} passes": row for passes, row in found["diffusion"].items()}}
            lines += [
                f"{f'  {name}: {who}':34}{row['of']:>6}{row['right']:>9.1%}{row['repeated']:>10.1%}{row['broken']:>8.1%}"
                for who, row in rows.items()
            ]
    return lines
