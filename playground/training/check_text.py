"""Finds mistakes in the data files of training/text: files that cannot be read, and faults that only show in drawn
text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

from playground.training.corpus import SEPARATOR
from playground.training.text.draw import Exchange, draw_exchange, draw_values, told
from playground.training.text.kinds import Kind
from playground.training.text.library import HERE, Library, read_library
from playground.training.text.mistakes import Mistake
from playground.training.text.score import CLOSED, Request, key, score
from playground.training.text.stories import LENGTHS, Story

DRAWS = 200  # texts drawn of every kind and story
LONGEST_REPLY = 40  # words
ODD = (" ,", " .", " ?", " !", "..", ",,", "?.", "!.", ",.", " ;", " :")  # allowed in a request: "2 x 5 = ?"


def all_mistakes(folder: Path = HERE, draws: int = DRAWS) -> tuple[Library, list[str]]:
    """The library that was read, and one sentence per mistake. A sort of mistake is reported once per file."""
    found, mistakes = read_library(folder)
    answers: dict[str, tuple[str, Exchange]] = {}
    for kind in found.kinds.values():
        mistakes += once(f"kinds/{kind.name}.toml", kind_mistakes(kind, draws, answers))
    for story in found.stories.values():
        mistakes += once(f"stories/{story.name}.toml", story_mistakes(story, draws))
    return found, mistakes


def once(name: str, told_mistakes: Iterator[tuple[str, str]]) -> list[str]:
    """The first sentence of every sort of mistake, after the file's ``name``, and how many more draws have it. The
    input is pairs of (sort, sentence)."""
    first: dict[str, str] = {}
    counts: dict[str, int] = {}
    for sort, sentence in told_mistakes:
        first.setdefault(sort, sentence)
        counts[sort] = counts.get(sort, 0) + 1
    return [
        f"{name}: {sentence}" + (f" (So do {counts[sort] - 1} more draws.)" if counts[sort] > 1 else "")
        for sort, sentence in first.items()
    ]


def kind_mistakes(kind: Kind, draws: int, answers: dict[str, tuple[str, Exchange]]) -> Iterator[tuple[str, str]]:
    """Draw ``draws`` exchanges of a kind and yield (sort, sentence) for every mistake. ``answers`` collects the first
    exchange drawn for each request, over all kinds: by key of the request, the kind's name and the exchange."""
    rng = Random(kind.name)
    for _ in range(draws):
        try:
            exchange = draw_exchange(kind, rng)
        except Mistake as mistake:
            yield "draw", str(mistake)
            continue
        request = exchange.request()
        for asked, answered in exchange.turns:
            yield from text_mistakes(asked, what="the request")
            yield from text_mistakes(answered, what="the answer")
            if not CLOSED.search(answered):
                yield "ending", f"the answer {answered!r} has no . ! or ? at its end."
            if len(answered.split()) > LONGEST_REPLY:
                yield "length", f"the answer {answered!r} has {len(answered.split())} words, more than {LONGEST_REPLY}."
        if faults := list(own_check(request)):
            yield from faults
            continue
        other = answers.setdefault(key(request.prompt), (kind.name, exchange))
        if not score(request.expected, other[1].request().check).right:
            yield (
                "two answers",
                (
                    f"the request {request.prompt!r} is answered {request.expected!r}, and in "
                    f"kinds/{other[0]}.toml {other[1].turns[0][1]!r}."
                ),
            )


def story_mistakes(story: Story, draws: int) -> Iterator[tuple[str, str]]:
    """Draw ``draws`` texts of a story and yield (sort, sentence) for every mistake."""
    rng = Random(story.name)
    for _ in range(draws):
        try:
            text = told(story, draw_values(story.slots, rng), rng)
            request = draw_exchange(story, rng).request() if story.asks else None
        except Mistake as mistake:
            yield "draw", str(mistake)
            continue
        yield from text_mistakes(text, what="the story")
        if not CLOSED.search(text):
            yield "ending", f"the story {text!r} has no . ! or ? at its end."
        if len(text.split()) > LENGTHS[story.length]:
            yield "length", f"the story {text!r} has {len(text.split())} words, more than {LENGTHS[story.length]}."
        if request:
            yield from text_mistakes(request.prompt, what="the request")
            yield from own_check(request)


def own_check(request: Request) -> Iterator[tuple[str, str]]:
    """Yield (sort, sentence) if the expected answer of a request fails the request's own check."""
    scored = score(request.expected, request.check)
    if scored.right:
        return
    why = [f"lacks {', '.join(map(repr, scored.missing))}"] * bool(scored.missing)
    why += [f"holds {', '.join(map(repr, scored.wrong))}"] * bool(scored.wrong)
    why += ["says a sentence, a word or four words twice"] * scored.repeated
    yield (
        "own check",
        (
            f"the answer {request.expected!r} to {request.prompt!r} fails its own check: "
            f"{' and '.join(why) or 'it is not closed'}."
        ),
    )


def text_mistakes(text: str, what: str) -> Iterator[tuple[str, str]]:
    """Yield (sort, sentence) for every fault of spacing, punctuation or brackets. ``what`` names the text: the request,
    the answer or the story."""
    if text != " ".join(text.split()):
        yield "spaces", f"{what} {text!r} has two spaces in a row, a line break, or a space at an end."
    if SEPARATOR in text or text.startswith(("User:", "Assistant:")):
        yield "separator", f"{what} {text!r} holds a mark that separates documents or turns."
    if what != "the request" and any(wrong in text for wrong in ODD):
        yield "punctuation", f"{what} {text!r} has punctuation that stands alone or doubled."
    if text.count('"') % 2 or text.count("“") != text.count("”") or text.count("(") != text.count(")"):
        yield "quotes", f"{what} {text!r} opens a quotation or a bracket that it does not close."
    if "{" in text or "}" in text or "|" in text:
        yield "brackets", f"{what} {text!r} holds a bracket of a template."
    if what != "the request" and text[:1].islower():
        yield "capital", f"{what} {text!r} begins with a small letter."
