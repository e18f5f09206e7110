"""The prose of the story as HTML: Markdown's own, and a link for every mark that acts on the page (assets/story/marks.js)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from markdown_it.token import Token

from playground.claims import Claims, Figure
from playground.measured import Measured
from playground.story.faults import find_figure
from playground.story.pages import LIVE, Prose, markdown


def prose_html(prose: Prose, claims: Claims, measured: Measured) -> str:
    """Some blocks of text. Raises KeyError for a mark that leads nowhere; the story's tests find it first."""
    rendered = []
    for token in prose.tokens:
        inline = token.type == "inline"
        rendered.append(token.copy(children=list(_marked(token.children or [], claims, measured))) if inline else token)
    parser = markdown()
    return parser.renderer.render(rendered, parser.options, {}).replace(
        "<pre>", '<pre tabindex="0">'
    )  # it may scroll on a phone


def _marked(children: Iterable[Token], claims: Claims, measured: Measured) -> Iterator[Token]:
    """Inline tokens with the marks as HTML. What stands inside a mark is kept."""
    waiting, close = "", ""
    for child in children:
        if child.type == "link_open":
            kind, _, target = str(child.attrs["href"]).partition(":")
            opened, waiting, close = mark_html(kind, target, claims, measured)
            yield _html(opened)
        elif child.type == "link_close":
            yield _html(escape(waiting) + close)  # nothing stood inside: the figure itself does
        else:
            waiting = ""
            yield child


def _html(content: str) -> Token:
    return Token("html_inline", "", 0, content=content)


def mark_html(kind: str, target: str, claims: Claims, measured: Measured) -> tuple[str, str, str]:
    """What opens a mark, what it says where the prose gives no words, and what closes it."""
    if kind == "claim":
        claim = claims.claim(target)
        return (
            f'<a class="claim" role="button" href="#claim-{claim.id}" data-claim="{claim.id}" data-status="{claim.status}">',
            claim.text or "",
            f'<span class="heard">, {escape(claim.finding)}</span></a>',
        )
    if kind == "figure":
        figure = find_figure(claims, target)
        return (
            f'<a class="claim" role="button" href="#figure" data-status="{figure.status}" data-note="{escape(note(figure))}">',
            figure.text,
            f'<span class="heard">, {figure.status}</span></a>',
        )
    if kind == "measured":
        about = f"{measured.values[target].label}. Measured on {measured.device}, {measured.date[:10]}, with {measured.command}."
        return (
            f'<a class="claim" role="button" href="#figure" data-status="measured" data-note="{escape(about)}">',
            measured.text(target),
            "</a>",
        )
    if kind == "live":
        return (
            f'<output class="live" data-live="{target}" title="{escape(LIVE[target])} in the last run">',
            "–",
            "</output>",
        )
    if kind == "light":
        return f'<span class="light" tabindex="0" data-light="{target}">', "", "</span>"
    if kind == "stage":
        return f'<a class="act" role="button" href="#stage" data-stage="{target}">', "", "</a>"
    if kind == "try":
        return f'<a class="act try" role="button" href="#stage" data-try="{target}">', "", "</a>"
    if kind == "page":
        return f'<a class="act" href="?page={target}" data-page="{target}">', "", "</a>"
    source = claims.source(target)
    when = f"{source.checked}" if source.checked else "not checked"
    return (
        f'<a href="{escape(source.url or "")}" target="_blank" rel="noopener">',
        source.title,
        f'</a> <span class="as-of">({when})</span>',
    )


def note(figure: Figure) -> str:
    """A figure with who says it and when, as one line."""
    parts = [
        f"{figure.label}: {figure.text}",
        figure.source.title,
        figure.source.by,
        figure.source.date or "undated",
        figure.status,
    ]
    return ". ".join([", ".join(parts), *([figure.note] if figure.note else [])])
