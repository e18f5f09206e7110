"""From passes to frames: numbers become text, states and phases. Outside every clock."""
from __future__ import annotations

from typing import Iterator

from playground.passes import Pass, SpecialIds
from playground.phases import phase
from playground.pieces import Pieces
from playground.trace import Change, Frame, Lane


def frames(lane: Lane, passes: Iterator[Pass], pieces: Pieces, special: SpecialIds) -> Iterator[Frame]:
    """One Frame per Pass, holding only what changed since the frame before."""
    shown: dict[int, Change] = {}
    clock = 0.0
    try:
        for step in passes:
            clock += step.ms
            cells = _cells(lane, step, pieces, special, shown)
            changes = tuple(cell for at, cell in sorted(cells.items()) if shown.get(at) != cell)
            moved = {c.position for c in changes if at_other_token(shown.get(c.position), c)}
            shown.update(cells)
            entropies = [guess.entropy for guess in step.guesses]
            yield Frame(
                lane=lane.key, i=step.i, t_ms=clock, ms=step.ms, changes=changes, open=len(step.open),
                entropy=sum(entropies) / len(entropies) if entropies else None,
                top={
                    guess.position: tuple((pieces.of(token), p) for token, p in guess.best)
                    for guess in step.guesses if guess.position in moved
                },
                phase=phase(lane.length - len(step.open), lane.length, step.last),
            )
    finally:
        if close := getattr(passes, "close", None):
            close()


def at_other_token(before: Change | None, after: Change) -> bool:
    """Whether a position holds another token or state, not merely another confidence."""
    return before is None or (before.id, before.state) != (after.id, after.state)


def _cells(
    lane: Lane, step: Pass, pieces: Pieces, special: SpecialIds, shown: dict[int, Change]
) -> dict[int, Change]:
    """Every position that may show something else after a pass. Open positions show this pass's draft, or keep the one
    before where the pass did not look at them."""
    guesses = {guess.position: guess for guess in step.guesses}
    ids = list(step.ids)
    for at in step.open:
        if at < len(ids):
            ids[at] = guesses[at].id if at in guesses else shown[at].id if at in shown else ids[at]
    texts = pieces.texts(ids, hidden={special.mask} - {None})
    cells = {}
    for at, (token, text) in enumerate(zip(ids, texts)):
        before, guess = shown.get(at), guesses.get(at)
        if guess is None and before is not None and before.text == text:
            continue  # nobody looked at it, and no neighbour joined it
        if at < lane.prompt:
            state, confidence = "prompt", None
        elif at in step.open:
            state = "draft" if token != special.mask else "noise"
            confidence = guess.probability if guess else before.confidence if before else None
        else:
            state, confidence = "committed", guess.probability if guess else before.confidence if before else None
        cells[at] = Change(at, text, confidence, state, token)
    return cells
