"""From passes to frames: token ids become text, states and phases. No lane's clock runs during this work."""

from __future__ import annotations

from collections.abc import Iterator

from playground.decoders.special_ids import SpecialIds
from playground.engine.closing import closing
from playground.samplers.passes import Guess, Pass
from playground.text.token_text import Pieces
from playground.trace.phases import phase
from playground.trace.trace import SETTLED, Change, Frame, Lane, State

NOTHING = -1  # the id of a position that a lane has not reached


def frames(lane: Lane, passes: Iterator[Pass], pieces: Pieces, special: SpecialIds) -> Iterator[Frame]:
    """One Frame per Pass, with the positions that changed since the previous frame. Closing this closes ``passes``."""
    shown: dict[int, Change] = {}
    memory: dict[int, int] = {}
    clock, at_first = 0.0, None
    with closing([passes]):
        for step in passes:
            clock += step.ms
            unsettled = len((step.open | step.noise) - step.past)
            at_first = unsettled if at_first is None else at_first
            cells = _cells(lane, step, pieces, special, shown, memory)
            changes = tuple(cell for at, cell in sorted(cells.items()) if shown.get(at) != cell)
            moved = {c.position for c in changes if at_other_token(shown.get(c.position), c)}
            shown.update(cells)
            entropies = [guess.entropy for guess in step.guesses]
            yield Frame(
                lane=lane.key,
                i=step.i,
                t_ms=clock,
                ms=step.ms,
                changes=changes,
                open=unsettled,
                entropy=sum(entropies) / len(entropies) if entropies else None,
                top={
                    guess.position: tuple((pieces.of(token), p) for token, p in guess.best)
                    for guess in step.guesses
                    if guess.position in moved
                },
                phase=phase(
                    max(0, at_first - unsettled),
                    at_first,
                    step.last,
                    sum(c.confidence or 0.0 for c in shown.values() if c.state == "draft"),
                ),
            )


def at_other_token(before: Change | None, after: Change) -> bool:
    """Whether the token or the state of a position changed. A change of confidence alone does not count."""
    return before is None or (before.id, before.state) != (after.id, after.state)


def _cells(
    lane: Lane, step: Pass, pieces: Pieces, special: SpecialIds, shown: dict[int, Change], memory: dict[int, int]
) -> dict[int, Change]:
    """The cells that a pass may have changed, by position.

    shown: the cell that each position shows so far. memory: the id of each position when it last settled; updated here.
    """
    guesses = {guess.position: guess for guess in step.guesses}
    ids = [_visible(at, token, step, guesses, shown, special) for at, token in enumerate(step.ids)]
    texts = pieces.texts(ids, hidden={NOTHING} if special.mask is None else {special.mask, NOTHING})
    cells = {}
    for at, (token, text) in enumerate(zip(ids, texts)):
        before, guess = shown.get(at), guesses.get(at)
        state = _state(lane, step, at, token, before, memory, special)
        if token == NOTHING or (guess is None and before is not None and (before.text, before.state) == (text, state)):
            continue  # not reached yet; or this pass did not predict it, and no neighbour changed its text
        confidence = None
        if state not in ("prompt", "pinned"):
            confidence = guess.probability if guess else before.confidence if before else None
        cells[at] = Change(at, text, confidence, state, token)
        if state in ("committed", "revised"):
            memory[at] = token
    return cells


def _visible(
    at: int, token: int | None, step: Pass, guesses: dict[int, Guess], shown: dict[int, Change], special: SpecialIds
) -> int:
    """The id that a reader sees at a position. At an open mask that is the draft: the guess of this pass, or the
    previous draft if this pass made no guess there. A position that was settled and is masked again shows the mask for
    one frame."""
    if token is None:
        return NOTHING
    if token != special.mask or at not in step.open:
        return token
    before = shown.get(at)
    if before is not None and before.state in SETTLED:
        return token
    return guesses[at].id if at in guesses else before.id if before is not None else token


def _state(
    lane: Lane, step: Pass, at: int, token: int, before: Change | None, memory: dict[int, int], special: SpecialIds
) -> State:
    """The state of a position. ``revised``: its token differs from the one that it held when it last settled, and the
    model put it there."""
    if at < lane.prompt:
        return "prompt"
    if at in step.pinned:
        return "pinned"
    if at in step.open and before is not None and before.state in SETTLED:
        return "remasked"
    if at in step.noise or token == special.mask:
        return "noise"
    if at in step.open:
        return "draft"
    if at == step.put_end:
        return "committed"
    if at in memory and memory[at] != token:
        return "revised"
    return before.state if before is not None and before.state == "revised" else "committed"
