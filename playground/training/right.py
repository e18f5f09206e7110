"""Right answers, counted: what a twin replies to held-out requests and to prompts written by hand, with the page's own rule and length.

Both twins write the page's fixed length; only what stands before the next turn is scored (text/score.py). Knows nothing about how
the text is made or the twins are trained.
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

STORIES = "story "  # begins the kind of every request for a story


@dataclass(frozen=True)
class RightSettings:
    """count: held-out requests; stories: held-out openings of stories; by_hand: of the prompts written by hand, the first so many;
    passes: of the diffusion twin, one reply each; length: tokens."""

    count: int = 300
    stories: int = 60
    by_hand: int = 60
    passes: tuple[int, ...] = (4, 8, 12, 16, 32, 64)
    length: int = RaceRequest.length
    seed: int = 40


@dataclass(frozen=True)
class Reply:
    """What a twin wrote after a request, its first turn, and what that is worth."""

    request: Request
    text: str
    score: Score


def asked(settings: RightSettings) -> dict[str, list[Request]]:
    """The requests by set: new combinations, openings of stories, and prompts written by hand outside the generator."""
    return {
        "held-out": held_out(settings.count, settings.seed),
        "stories": held_out_stories(settings.stories, settings.seed),
        "by hand": written()[: settings.by_hand],
    }


def replies(twin: Twin, requests: Sequence[Request], passes: int, length: int) -> list[Reply]:
    """What a twin replies. The AR twin takes a pass a token, whatever ``passes`` says."""
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
    """of: how many replies; right, repeated, broken: shares of them."""
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
    """Shares by set of requests, for AR and for the diffusion twin at each number of passes; kinds: how many replies of each kind of
    the held-out requests are right, at the page's own passes."""
    figures: dict[str, Any] = {}
    for name, requests in asked(settings).items():
        figures[name] = {"ar": shares(replies(ar, requests, settings.length, settings.length)), "diffusion": {}}
        for passes in settings.passes:
            found = replies(diffusion, requests, passes, settings.length)
            figures[name]["diffusion"][str(passes)] = shares(found)
            report(f"{name}, {passes} passes: {figures[name]['diffusion'][str(passes)]}")
    return {**figures, "length": settings.length, "seed": settings.seed}


def by_kind(found: Sequence[Reply]) -> dict[str, tuple[int, int]]:
    """Kind -> (right, asked)."""
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
