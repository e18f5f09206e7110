"""Ends a lane at a text, for a model that has no token for the end of its reply (ModernBERT-chat: "[/Answer]")."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import accumulate

from playground.engine.closing import closing
from playground.samplers.passes import Pass
from playground.text.token_text import Pieces


def ended_by_text(
    passes: Iterator[Pass], text: str, start: int, end: int, pieces: Pieces, for_good: bool
) -> Iterator[Pass]:
    """The same passes, up to the one after which ``text`` stands in the reply with nothing open before it. Where it
    begins, that last pass has the end token, so that every reader finds the end there; ``put_end`` says where, so that
    nobody takes it for a revision. Closing this closes ``passes``.

    start: first position of the reply; end: id of the end token. for_good: whether a settled token stays; else the text
    is looked for in the last pass alone, because a later pass might take it back.
    """
    with closing([passes]):
        for step in passes:
            at = _begin_of(text, step, start, pieces) if for_good or step.last else None
            if at is not None:
                ids = (*step.ids[:at], end, *step.ids[at + 1 :])
                yield replace(step, ids=ids, last=True, noise=step.noise & step.open, past=step.open, put_end=at)
                return
            yield step


def _begin_of(text: str, step: Pass, start: int, pieces: Pieces) -> int | None:
    """The position of the first token that holds a part of ``text`` in the settled beginning of the reply, None if it does
    not stand there."""
    settled: list[int] = []
    for at, token in enumerate(step.ids[start:], start):
        if token is None or at in step.open:
            break
        settled.append(token)
    written = pieces.texts(settled)
    place = "".join(written).find(text)
    if place < 0:
        return None
    return start + next(n for n, stop in enumerate(accumulate(map(len, written))) if stop > place)
