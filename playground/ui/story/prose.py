"""Renders the story's prose as HTML: Markdown, with a link for every mark that controls the page
(assets/story/marks.js)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from markdown_it.token import Token
from markupsafe import Markup

from playground.evidence.claims import Claims, Figure
from playground.evidence.measured import Measured
from playground.story.lookup import find_figure
from playground.story.pages import LIVE, Prose, markdown
from playground.web.templates import render_part


def prose_html(prose: Prose, claims: Claims, measured: Measured) -> Markup:
    """The HTML of some blocks of text. Raises KeyError for a mark without a target, which the story's tests rule
    out."""
    parser = markdown()
    tokens = [_shown(token, claims, measured) for token in prose.tokens]
    return Markup(parser.renderer.render(tokens, parser.options, {}))


def _shown(token: Token, claims: Claims, measured: Measured) -> Token:
    if token.type == "inline":
        return token.copy(children=list(_marked(token.children or [], claims, measured)))
    if token.type in ("fence", "code_block"):
        return Token("html_block", "", 0, content=mark("code", text=token.content) + "\n")
    return token


def _marked(children: Iterable[Token], claims: Claims, measured: Measured) -> Iterator[Token]:
    """The inline tokens with the marks as HTML. The content of a mark is kept."""
    href: str | None = None
    inside: list[Token] = []
    for child in children:
        if child.type == "link_open":
            href, inside = str(child.attrs["href"]), []
        elif child.type == "link_close" and href is not None:
            kind, _, target = href.partition(":")
            html = mark_html(kind, target, _inline(inside), claims, measured)
            yield Token("html_inline", "", 0, content=html)
            href = None
        elif href is not None:
            inside.append(child)
        else:
            yield child


def _inline(tokens: list[Token]) -> Markup:
    parser = markdown()
    return Markup(parser.renderer.render([Token("inline", "", 0, children=tokens)], parser.options, {}))


def mark_html(kind: str, target: str, words: Markup, claims: Claims, measured: Measured) -> Markup:
    """A mark as HTML. words: its text in the prose; if empty, the mark shows its figure."""
    if kind == "claim":
        claim = claims.claim(target)
        return mark("claim", claim=claim, words=words or claim.text or "")
    if kind == "figure":
        figure = find_figure(claims, target)
        return mark("figure", status=figure.status, note=note(figure), words=words or figure.text)
    if kind == "measured":
        about = f"{measured.values[target].label}. Measured on {measured.device}, {measured.date[:10]}, with {measured.command}."
        return mark("measured", note=about, words=words or measured.text(target))
    if kind == "live":
        return mark("live", name=target, about=LIVE[target], words=words or "–")
    if kind in ("light", "stage", "try", "page"):
        return mark(kind, target=target, words=words)
    source = claims.source(target)
    return mark("source", source=source, words=words or source.title)


def mark(kind: str, /, **values: Any) -> Markup:
    return render_part("story/marks.html", kind, **values)


def note(figure: Figure) -> str:
    """One line on a figure: its source and date."""
    parts = [
        f"{figure.label}: {figure.text}",
        figure.word,
        figure.source.title,
        figure.source.date or "undated",
    ]
    return ". ".join([", ".join(parts), *([figure.note] if figure.note else [])])
