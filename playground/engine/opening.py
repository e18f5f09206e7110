"""From a request to the canvas that a lane starts from: text -> token ids -> noise at the open positions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import TYPE_CHECKING

import torch

from playground.request.branch import Resume
from playground.request.fields import RequestError
from playground.request.race_request import BLANK, BLANK_TOKENS, LONGEST_BLANK, RaceRequest
from playground.request.rules import NOISES
from playground.samplers.canvas import APART, Canvas, blank, corrupt, fill
from playground.samplers.noise import Noise
from playground.text.templates import TURNS, Template, TemplateText, Text

if TYPE_CHECKING:
    from playground.engine.picture import Picture  # it imports this module

Encode = Callable[..., list[int]]  # pieces of a text -> token ids; control tokens are tokens in TemplateText only


@dataclass(frozen=True)
class Opening:
    """The start of a lane."""

    text: str  # the model's input, as a reader would write it
    canvas: Canvas  # the same as token ids, with noise at the open positions
    # token ids of the visitor's whole prompt, a picture's included; None if the familiarity check does not apply
    familiar: list[int] | None
    request: str | None = None  # the visitor's request, as typed; None if the lane writes no reply to one
    lead: Text = ()  # what the template writes before the visitor's first words
    picture: Picture | None = None  # that the lane sees in the canvas


def opening(request: RaceRequest, encode: Encode, noise: Noise, template: Template = TURNS) -> Opening:
    """The opening of a request. Raises RequestError if its words do not fit the canvas.

    template: wraps the prompt as the model's training text did.
    """
    if request.resume:
        return _resumed(request, request.resume, encode, noise)
    if request.share:
        return _corrupted(request, encode, noise, template)
    if BLANK.search(request.prompt):
        return _template(request, encode, noise, template)
    pieces = template.wrap(request.prompt)
    text, ids = "".join(pieces), encode(*pieces)
    pins = _pins(request, encode)
    if not pins:
        canvas = blank(ids, request.length, noise, request.noise, request.seed)
        return Opening(text, canvas, ids, request.prompt, _lead(pieces))
    places = [pins.get(at) for at in range(request.length)]
    if None not in places:
        raise RequestError("The given words leave no token to write. Ask for a longer text or give fewer words.")
    return Opening(text, fill(ids, places, noise, request.noise, request.seed), ids, lead=_lead(pieces))


def _lead(text: Text) -> Text:
    """The pieces before the visitor's first words."""
    return tuple(takewhile(lambda piece: isinstance(piece, TemplateText), text))


def _pins(request: RaceRequest, encode: Encode) -> dict[int, int]:
    """The token ids that the request pins, by their offset from the end of the prompt."""
    pins: dict[int, int] = {}
    end = encode(f" {request.ending.strip()}") if request.ending.strip() else []
    if len(end) > request.length:
        raise RequestError(
            f"The ending takes {len(end)} tokens, and the text has {request.length}. Shorten the ending, or ask for a longer text."
        )
    for place, words in [*((p, encode(f" {w}")) for p, w in request.pins.items()), (request.length - len(end), end)]:
        if place + len(words) > request.length:
            raise RequestError(
                f"{len(words)} tokens at place {place} do not fit a text of {request.length} tokens. Shorten the words, move them "
                "or ask for a longer text."
            )
        for at, token in enumerate(words, start=place):
            if at in pins:
                raise RequestError(f"Two words are to stand at place {at}. Move one of them.")
            pins[at] = token
    return pins


def _template(request: RaceRequest, encode: Encode, noise: Noise, wording: Template) -> Opening:
    """A text with blanks: the tokens before the first blank are the prompt, the tokens after it are pinned."""
    if request.places or request.ending:
        raise RequestError("A text with blanks has its words in place already: leave places and ending out.")
    text = wording.lead(request.prompt)
    template: list[int | None] = []
    for stretch, size in _stretches(text):
        template += [*encode(*stretch), *[None] * size]
    first = template.index(None)
    before = [token for token in template[:first] if token is not None]
    canvas = fill(before, template[first:], noise, request.noise, request.seed)
    return Opening("".join(text), canvas, None, lead=_lead(text))


def _stretches(text: Text) -> Iterator[tuple[Text, int]]:
    """The pieces before each blank in the visitor's words, and the tokens that the blank holds; at the end the pieces
    after the last blank, and 0."""
    stretch: Text = ()
    for piece in text:
        if isinstance(piece, TemplateText):
            stretch = (*stretch, piece)
            continue
        at = 0
        for match in BLANK.finditer(piece):
            size = int(match[1] or BLANK_TOKENS)
            if not 1 <= size <= LONGEST_BLANK:
                raise RequestError(f"A blank holds 1 to {LONGEST_BLANK} tokens, not {size}.")
            yield (*stretch, piece[at : match.start()]), size
            stretch, at = (), match.end()
        stretch = (*stretch, piece[at:])
    yield stretch, 0


def _corrupted(request: RaceRequest, encode: Encode, noise: Noise, wording: Template) -> Opening:
    """The visitor's own text with a share of its tokens replaced by noise. What a chat template writes before the last
    turn is kept, and so is the first word, or the speaker's name."""
    if BLANK.search(request.prompt):
        raise RequestError("A text with blanks cannot be corrupted as well. Set the share to 0, or fill the blanks.")
    *before, words = wording.lead(request.prompt)
    found = re.match(r"User:|\S+", words)
    speaker = found[0] if found else ""
    prompt, rest = encode(*before, speaker), encode(words[len(speaker) :])
    if not rest:
        raise RequestError("There is too little text to corrupt. Write a whole sentence.")
    text = "".join((*before, words))
    canvas = corrupt(prompt, rest, request.share, noise, request.noise, request.seed)
    return Opening(text, canvas, prompt + rest, lead=_lead(tuple(before)))


def _resumed(request: RaceRequest, resume: Resume, encode: Encode, noise: Noise) -> Opening:
    """An edited frame. A diffusion lane continues from the whole frame, an AR lane only from the tokens before the
    first edit."""
    canvas = _edited(resume, encode, noise)
    if resume.kind == "ar":
        canvas = _cut(canvas, resume)
    return Opening(request.prompt, _with_noise(canvas, request, noise), None)


def _edited(resume: Resume, encode: Encode, noise: Noise) -> Canvas:
    """The frame with its edits: words and pins are pinned, a remasked position is open."""
    ids, open_positions, pinned, hidden = list(resume.ids), set(resume.open), set(resume.pinned), set(resume.hidden)
    for edit in resume.edits:
        words = [noise.mask] if edit.remask else encode(edit.text) if edit.text is not None else [ids[edit.position]]
        if edit.position + len(words) > len(ids):
            raise RequestError(f"These words take {len(words)} tokens and run over the end of the text. Shorten them.")
        places = set(range(edit.position, edit.position + len(words)))
        ids[edit.position : edit.position + len(words)] = words
        if edit.remask:
            open_positions |= places
            pinned -= places
        else:
            open_positions -= places
            pinned |= places
        hidden -= places
    return Canvas(tuple(ids), resume.prompt, frozenset(open_positions), frozenset(pinned), frozenset(hidden))


def _cut(canvas: Canvas, resume: Resume) -> Canvas:
    """What an AR lane writes again: open positions, and all after the first edit that is not pinned. It knows which tokens
    are noise, so none is hidden."""
    first = min((edit.position for edit in resume.edits), default=len(canvas.ids))
    again = {at for at in range(canvas.start, len(canvas.ids)) if at in canvas.open or at >= first} - canvas.pinned
    if not again:
        raise RequestError("Nothing is left to write after this edit. Edit a token further to the left.")
    return replace(canvas, open=frozenset(again), hidden=frozenset())


def _with_noise(canvas: Canvas, request: RaceRequest, noise: Noise) -> Canvas:
    """Every mask at an open position becomes the noise that was asked for, drawn as that of a blank canvas is."""
    masked = "masked" in NOISES[request.noise].traits
    ids = [noise.mask if masked and at in canvas.open else token for at, token in enumerate(canvas.ids)]
    fresh = noise.draw(request.noise, len(canvas.open), torch.Generator().manual_seed(request.seed + APART)).tolist()
    for at, drawn in zip(sorted(canvas.open), fresh):
        ids[at] = drawn if ids[at] == noise.mask else ids[at]
    if noise.mask in (token for at, token in enumerate(ids) if at not in canvas.open):
        raise RequestError(
            "A mask stands where the frame says that a token is settled. Edit the frame on the stage again."
        )
    return replace(canvas, ids=tuple(ids))
