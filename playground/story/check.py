"""Checks the story and lists its errors, one sentence each: marks without a target, figures without a source.

A figure is a number in digits, or a word for a number above ten. It may occur in the words of a mark for a claim or a
sourced figure, if it belongs to that record; in names ("GPT-4o", "Mercury 2"); and in code. Measured figures are not
written in the prose; the mark inserts them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from playground.evidence.claims import Claim, Claims
from playground.evidence.measured import Measured
from playground.story.lookup import claims_of, find_figure
from playground.story.pages import EMBEDS, LIVE, MARKS, PLAYS, STAGES, Embed, Mark, StoryPage, spans, story_runs

NUMBER = re.compile(r"\d[\d.,]*\d|\d")
IN_WORDS = re.compile(
    r"\b(eleven|twelve|\w+teen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundreds?|thousands?|millions?|billions?|"
    r"trillions?|dozens?|percent)\b",
    re.I,
)
NAMES = (  # names that contain figures, besides those of the players
    "GPT-4o",
    "LLaMA3 8B",
    "LLaMA3",
    "LLaDA 8B",
    "Gemini 3 Flash",
    "Claude Haiku 4.5",
    "I/O 2025",
    "H100",
)
FILLED = ("measured", "live")  # marks that insert a figure


def faults(pages: Iterable[StoryPage], claims: Claims, measured: Measured) -> Iterator[str]:
    """All errors of the pages, one sentence each. A claim that no page shows is an error too."""
    pages = tuple(pages)
    slugs = {page.slug for page in pages}
    for page in pages:
        for mark in page.marks():
            yield from (f"Page {page.slug}: {fault}" for fault in _of_mark(mark, claims, measured, slugs))
        for embed in page.embeds:
            yield from (f"Page {page.slug}: {fault}" for fault in _of_embed(embed, claims))
        yield from (
            f"Page {page.slug}: nothing supports “{number}” in “{text.strip()}”."
            for number, text in loose_numbers(page, claims)
        )
    told = {
        claim.id for page in pages for embed in page.embeds if embed.kind == "claims" for claim in _told(embed, claims)
    }
    yield from (f"Claim {claim.id} stands on no page." for claim in claims.claims if claim.id not in told)


def _told(embed: Embed, claims: Claims) -> tuple[Claim, ...]:
    try:
        return claims_of(embed, claims)
    except (KeyError, ValueError):
        return ()  # _of_embed reports this


def loose_numbers(page: StoryPage, claims: Claims) -> Iterator[tuple[str, str]]:
    """The numbers of the prose that have no source, each with the text around it: (number, text)."""
    names = sorted({*NAMES, *(player.name for player in claims.players)}, key=len, reverse=True)
    for inline in page.inlines():
        for mark, words in spans(inline):
            own = numbers_behind(mark, claims) if mark else set()
            bare = words
            for name in names:
                bare = bare.replace(name, "")
            found = [*NUMBER.findall(bare), *(match[0] for match in IN_WORDS.finditer(bare))]
            yield from ((number, words) for number in found if plain(number) not in own)


def numbers_behind(mark: Mark, claims: Claims) -> set[str]:
    """The numbers that a mark's words may contain. For a claim: those of its figure, of its sentences and of its
    sourced figures."""
    try:
        if mark.kind == "figure":
            return _numbers(find_figure(claims, mark.target).text)
        if mark.kind == "claim":
            claim = claims.claim(mark.target)
            return _numbers(
                " ".join([claim.text or "", claim.says, claim.truth or "", *(figure.text for figure in claim.figures)])
            )
    except KeyError:
        pass  # _of_mark reports this
    return set()


def plain(number: str) -> str:
    """A number in a form that can be compared: in lower case, without separators of thousands, without a full stop."""
    return number.replace(",", "").rstrip(".").lower()


def _numbers(text: str) -> set[str]:
    return {plain(found) for found in NUMBER.findall(text)} | {match[0].lower() for match in IN_WORDS.finditer(text)}


def _of_mark(mark: Mark, claims: Claims, measured: Measured, slugs: set[str]) -> Iterator[str]:
    known = {
        "light": ("diffusion", "ar"),
        "stage": STAGES,
        "live": LIVE,
        "page": slugs,
        "try": story_runs(),
        "measured": measured.values,
        "claim": {claim.id for claim in claims.claims},
        "source": {source.id for source in claims.sources if source.url},
    }
    if mark.kind == "https":
        yield f"a link to {mark.target} stands outside the sources; name it in claims.json and use source:."
    elif mark.kind == "figure":
        try:
            find_figure(claims, mark.target)
        except KeyError:
            yield f"there is no figure {mark.target}."
    elif mark.kind not in MARKS:
        yield f"there is no mark of the kind {mark.kind}."
    elif mark.target not in known[mark.kind]:
        yield f"there is no {mark.kind} {mark.target}."
    if not mark.words and mark.kind not in (*FILLED, "figure"):
        yield f"a mark for {mark.kind} {mark.target} has no words."
    if mark.words and mark.kind in FILLED:
        yield f"the figure {mark.target} is filled in; take the words “{mark.words}” out of its mark."


def _of_embed(embed: Embed, claims: Claims) -> Iterator[str]:
    if embed.kind not in EMBEDS:
        yield f"there is no embed of the kind {embed.kind}."
    if not embed.title:
        yield f"the embed {embed.kind}:{embed.target} has no title."
    if embed.kind == "play" and embed.target not in PLAYS:
        yield f"there is no play {embed.target}."
    if embed.kind in ("claims", "drawing"):
        try:
            claims_of(embed, claims)
        except (KeyError, ValueError):
            yield f"the embed {embed.kind}:{embed.target} names no claims of the deck."
