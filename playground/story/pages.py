"""The pages of the story: Markdown files in assets/story, parsed into parts that the page can lay out.

A file is Markdown with marks. A mark is a link whose address says what the marked words do::

    [words](claim:3.4)      refer to a claim of the deck; every figure in the words must belong to that claim
    [](figure:mmlu-llada)   is replaced by a sourced figure; words, if given, are shown instead
    [](measured:race.factor)    is replaced by a figure measured on a machine (evidence/measured.py)
    [](live:remasks)        is replaced, in the browser, by a figure of the last run on the stage
    [words](light:ar)       highlight a lane under the pointer, and are highlighted with it
    [words](stage:rough)    move the stage to a phase, or show its arcs, map or equal steps
    [words](try:poem)       set the controls as assets/story/runs.json says, and start a run
    [words](source:llada)   link to a source, with the month in which the link was last checked
    [words](page:speed)     link to another page of the story

A paragraph that consists of one image is an embed: ``![title](chart:speed)``. A heading of the second level folds away
the prose after it, up to the next such heading or embed. The prose may contain no other figures; check.py tests that. This module imports neither the page nor torch.
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
EMBEDS = ("legend", "chart", "play", "drawing", "cards", "claims", "sentence", "calculator", "roofline")
PLAYS = ("rates", "waits", "loop")  # targets of "play"
LIVE = {"remasks": "tokens taken back", "replacements": "tokens replaced", "passes": "passes of the diffusion lane"}
STAGES = ("noise", "rough", "clear", "final", "arcs", "arcs-ar", "map", "equal")


class StoryError(ValueError):
    """A page cannot be read. ``str(error)`` says which, and what is wrong with it."""


@dataclass(frozen=True)
class Mark:
    """Marked words in the prose."""

    kind: str  # one of MARKS, or "https" for an ordinary link
    target: str  # the address after the colon
    words: str  # as written; empty if a figure replaces them


@dataclass(frozen=True)
class Prose:
    """Blocks of text between two embeds."""

    tokens: tuple[Token, ...]  # of markdown-it, ready to be rendered
    fold: str = ""  # title of the fold that hides them; empty if they are seen at once


@dataclass(frozen=True)
class Embed:
    """A chart, drawing, calculator or the like within a page."""

    kind: str  # one of EMBEDS
    target: str  # which one of this kind
    title: str  # for readers and screen readers


@dataclass(frozen=True)
class StoryPage:
    """One page of the story."""

    slug: str  # its name in links
    number: int  # from 1
    title: str
    parts: tuple[Prose | Embed, ...]

    @property
    def embeds(self) -> tuple[Embed, ...]:
        """Its embeds, in order."""
        return tuple(part for part in self.parts if isinstance(part, Embed))

    def inlines(self) -> Iterator[Token]:
        """The inline tokens of its prose: one per paragraph, heading or cell."""
        for part in self.parts:
            if isinstance(part, Prose):
                yield from (token for token in part.tokens if token.type == "inline")

    def marks(self) -> Iterator[Mark]:
        """Its marks, in order."""
        for inline in self.inlines():
            yield from (mark for mark, _ in spans(inline) if mark)

    def plain(self, folded: bool = True) -> str:
        """The text of its prose, without the figures that marks insert. folded: with the text of its folds."""
        seen = (part for part in self.parts if isinstance(part, Prose) and (folded or not part.fold))
        inlines = (token for part in seen for token in part.tokens if token.type == "inline")
        return "\n".join("".join(words for _, words in spans(inline)) for inline in inlines)


def markdown() -> MarkdownIt:
    """A parser for CommonMark with tables. It treats raw HTML as text, so that the prose can do no more than its
    marks allow."""
    return MarkdownIt("commonmark", {"html": False, "typographer": False}).enable("table")


@lru_cache(maxsize=2)
def story_pages(folder: Path = FOLDER) -> tuple[StoryPage, ...]:
    """All pages, ordered by the names of their files ("1-two-ways.md"). Raises StoryError."""
    files = sorted(folder.glob("*.md"))
    if not files:
        raise StoryError(f"There is no page of the story in {folder.name}.")
    return tuple(
        read_page(file.stem.partition("-")[2] or file.stem, number, file.read_text(encoding="utf-8"))
        for number, file in enumerate(files, start=1)
    )


def read_page(slug: str, number: int, text: str) -> StoryPage:
    """Parse one page. text: Markdown that starts with the title as a heading. Raises StoryError."""
    tokens = markdown().parse(text)
    if not tokens or tokens[0].type != "heading_open" or tokens[0].tag != "h1":
        raise StoryError(f"The page {slug} does not start with its title (# Title).")
    return StoryPage(slug, number, tokens[1].content, tuple(_parts(tokens[3:])))


def _parts(tokens: list[Token]) -> Iterator[Prose | Embed]:
    """The embeds, and the blocks of prose between them, in order."""
    gathered: list[Token] = []
    fold = ""
    at = 0
    while at < len(tokens):
        embed = _embed(tokens[at : at + 3])
        heading = tokens[at].type == "heading_open" and tokens[at].tag == "h2"
        if embed is None and not heading:
            gathered.append(tokens[at])
            at += 1
            continue
        if gathered:
            yield Prose(tuple(gathered), fold)
        gathered = []
        fold = tokens[at + 1].content if heading else ""
        if embed:
            yield embed
        at += 3
    if gathered:
        yield Prose(tuple(gathered), fold)


def _embed(tokens: list[Token]) -> Embed | None:
    """The embed of a paragraph that consists of one image; None for any other paragraph. tokens: the next three."""
    if len(tokens) < 3 or tokens[0].type != "paragraph_open" or tokens[1].type != "inline":
        return None
    children = tokens[1].children or []
    if len(children) != 1 or children[0].type != "image":
        return None
    kind, _, target = str(children[0].attrs["src"]).partition(":")
    return Embed(kind, target, children[0].content)


def spans(inline: Token) -> Iterator[tuple[Mark | None, str]]:
    """The pieces of inline text: (mark, its words) or (None, text). Code is left out, because it is not prose."""
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
    """The settings of the "try" marks, by target: fields of RaceRequest by name. Raises StoryError."""
    try:
        return json.loads((folder / "runs.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StoryError(f"The runs of the story (runs.json) cannot be read: {error}.") from None
