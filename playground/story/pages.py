"""The pages of the story: Markdown files of assets/story, read into parts that a page can lay out. No page, no torch.

A file is Markdown with marked spans, which are links whose address names what the span does::

    [words](claim:3.4)      a claim of the deck; every figure among the words must be one of that claim
    [](figure:mmlu-llada)   a sourced figure, written out; with words of one's own they stand instead
    [](measured:race.factor)    a figure measured on a machine (measured.py)
    [](live:remasks)        a figure of the last run on the stage, filled in by the browser
    [words](light:ar)       lights a lane when pointed at, and is lit by it
    [words](stage:rough)    puts the stage at a phase, or shows its arcs, map or equal steps
    [words](try:poem)       sets the page as assets/story/runs.json says, and runs
    [words](source:llada)   a link to a source, with the month in which it was last known to work
    [words](page:speed)     another page of the story

A paragraph of one image is an embed: ``![title](chart:speed)``. No other figure may stand in the prose: ``check.py`` looks.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from playground.files import ROOT

FOLDER = ROOT / "assets" / "story"
MARKS = ("claim", "figure", "measured", "live", "light", "stage", "try", "source", "page")
EMBEDS = ("chart", "drawing", "cards", "claims", "sentence", "calculator", "roofline")
LIVE = {"remasks": "tokens taken back", "replacements": "tokens replaced", "passes": "passes of the diffusion lane"}
STAGES = ("noise", "rough", "clear", "final", "arcs", "arcs-ar", "map", "equal")


class StoryError(ValueError):
    """A page cannot be read. ``str(error)`` says in a sentence which, and what to mend."""


@dataclass(frozen=True)
class Mark:
    """A marked span. kind: of MARKS, or "https"; words: as written, empty where the figure itself is to stand there."""

    kind: str
    target: str
    words: str


@dataclass(frozen=True)
class Prose:
    """Some blocks of text as Markdown tokens, ready to be rendered."""

    tokens: tuple[Token, ...]


@dataclass(frozen=True)
class Embed:
    """Something that is no text. kind: of EMBEDS; target: which; title: in words, for everyone."""

    kind: str
    target: str
    title: str


@dataclass(frozen=True)
class StoryPage:
    """slug: its name in a link; number: from 1."""

    slug: str
    number: int
    title: str
    parts: tuple[Prose | Embed, ...]

    @property
    def embeds(self) -> tuple[Embed, ...]:
        return tuple(part for part in self.parts if isinstance(part, Embed))

    def inlines(self) -> Iterator[Token]:
        """Every run of inline text of its prose."""
        for part in self.parts:
            if isinstance(part, Prose):
                yield from (token for token in part.tokens if token.type == "inline")

    def marks(self) -> Iterator[Mark]:
        for inline in self.inlines():
            yield from (mark for mark, _ in spans(inline) if mark)

    def plain(self) -> str:
        """What a reader reads, without the figures that are filled in."""
        return "\n".join("".join(words for _, words in spans(inline)) for inline in self.inlines())


def markdown() -> MarkdownIt:
    """Plain Markdown with tables; raw HTML is text, so that a page's prose can do no more than the marks allow."""
    return MarkdownIt("commonmark", {"html": False, "typographer": False}).enable("table")


@lru_cache(maxsize=2)
def story_pages(folder: Path = FOLDER) -> tuple[StoryPage, ...]:
    """All pages in the order of their files' names ("1-two-ways.md"). Raises StoryError."""
    files = sorted(folder.glob("*.md"))
    if not files:
        raise StoryError(f"There is no page of the story in {folder.name}.")
    return tuple(
        read_page(file.stem.partition("-")[2] or file.stem, number, file.read_text(encoding="utf-8"))
        for number, file in enumerate(files, start=1)
    )


def read_page(slug: str, number: int, text: str) -> StoryPage:
    """One page out of its text. It starts with its title. Raises StoryError."""
    tokens = markdown().parse(text)
    if not tokens or tokens[0].type != "heading_open" or tokens[0].tag != "h1":
        raise StoryError(f"The page {slug} does not start with its title (# Title).")
    return StoryPage(slug, number, tokens[1].content, tuple(_parts(tokens[3:])))


def _parts(tokens: list[Token]) -> Iterator[Prose | Embed]:
    """Blocks between embeds, in order."""
    gathered: list[Token] = []
    at = 0
    while at < len(tokens):
        embed = _embed(tokens[at : at + 3])
        if embed is None:
            gathered.append(tokens[at])
            at += 1
            continue
        if gathered:
            yield Prose(tuple(gathered))
        gathered = []
        yield embed
        at += 3
    if gathered:
        yield Prose(tuple(gathered))


def _embed(tokens: list[Token]) -> Embed | None:
    """What a paragraph of one image stands for; None for any other."""
    if len(tokens) < 3 or tokens[0].type != "paragraph_open" or tokens[1].type != "inline":
        return None
    children = tokens[1].children or []
    if len(children) != 1 or children[0].type != "image":
        return None
    kind, _, target = str(children[0].attrs["src"]).partition(":")
    return Embed(kind, target, children[0].content)


def spans(inline: Token) -> Iterator[tuple[Mark | None, str]]:
    """The pieces of a run of text: a marked one with its mark, all else without. Code is left out: it is no prose."""
    kind: str | None = None  # of the mark that is open
    target = ""
    words: list[str] = []
    for child in inline.children or []:
        if child.type == "link_open":
            kind, _, target = str(child.attrs["href"]).partition(":")
            words = []
        elif child.type == "link_close":
            yield Mark(kind or "", target, "".join(words)), "".join(words)
            kind = None
        elif child.type in ("text", "softbreak", "hardbreak"):
            text = child.content if child.type == "text" else " "
            if kind is None:
                yield None, text
            else:
                words.append(text)


@lru_cache(maxsize=2)
def story_runs(folder: Path = FOLDER) -> Mapping[str, Mapping[str, Any]]:
    """What the "try" marks set: fields of RaceRequest, by name. Raises StoryError."""
    try:
        return json.loads((folder / "runs.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StoryError(f"The runs of the story (runs.json) cannot be read: {error}.") from None
