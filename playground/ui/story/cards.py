"""Records of the claims data as HTML: claims with their status, players as cards, the deck's drawings, the sources under a chart."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from playground.evidence.claims import STATUSES, Claim, Claims, Figure, Player, Source

STAGE = {  # by Player.runs: how it gets onto a stage
    "weights": "Its weights are open. For engineers:",
    "api": "Its maker serves it.",
    "blocked": "Its weights are open, but do not load here.",
    "closed": "It cannot be had, as far as our notes know.",
    "gone": "It was shut down.",
}
PHASES = ("noise", "rough", "clear", "final")
ON_STAGE = "This is what the race on the stage shows: the twins of this page."


def claims_list(title: str, claims: tuple[Claim, ...]) -> str:
    """Claims of the deck, folded away: what each says, whether it holds, what is true instead, and who says so."""
    counts = ", ".join(
        f"{n} {status}{'s' if status == 'illustration' and n > 1 else ''}"
        for status in STATUSES
        if (n := sum(claim.status == status for claim in claims))
    )
    return (
        f'<details class="claims"><summary>{escape(title)} <span>{escape(counts)}</span></summary>'
        f"<ol>{''.join(claim_item(claim) for claim in claims)}</ol></details>"
    )


def claim_item(claim: Claim) -> str:
    deck = f' <q class="deck-figure">{escape(claim.text)}</q>' if claim.text and isinstance(claim.value, str) else ""
    figures = "".join(f"<li>{figure_line(figure)}</li>" for figure in claim.figures)
    return (
        f'<li id="claim-{claim.id}" data-status="{claim.status}"><p class="claim-says"><span class="claim-id">{claim.id}</span> '
        f'{escape(claim.says)}{deck} <span class="status" data-status="{claim.status}">{escape(finding(claim))}</span></p>'
        f"<p>{escape(claim.reason)}</p>"
        + (f'<p class="claim-truth"><b>Instead:</b> {escape(claim.truth)}</p>' if claim.truth else "")
        + (f'<ul class="claim-figures">{figures}</ul>' if figures else "")
        + f'<p class="sources">{sources_line(claim.sources)}. Judged {claim.checked}.</p></li>'
    )


def finding(claim: Claim) -> str:
    """Status and finding, once where they are the same word."""
    return claim.status if claim.finding.startswith(claim.status) else f"{claim.status}: {claim.finding}"


def figure_line(figure: Figure) -> str:
    device = f", {escape(figure.device)}" if figure.device else ""
    return f'{escape(figure.label)}: <b>{escape(figure.text)}</b>{device} <span class="status" data-status="{figure.status}">{figure.status}</span>'


def sources_line(sources: Iterable[Source]) -> str:
    """Who says so, and when, with a link where an address is known."""
    told = []
    for source in {source.id: source for source in sources}.values():
        title = (
            f'<a href="{escape(source.url)}" target="_blank" rel="noopener">{escape(source.title)}</a>'
            if source.url
            else escape(source.title)
        )
        told.append(f"{title} ({escape(source.by)}, {source.date or 'undated'})")
    return "; ".join(told)


def player_card(player: Player) -> str:
    """Who makes it, what is known of it, and whether it can be put on a stage."""
    rows = "".join(
        f'<div><dt>{escape(figure.label)}</dt><dd>{escape(figure.text)} <span class="status" data-status="{figure.status}">{figure.status}</span></dd></div>'
        for figure in player.figures
    )
    made = ", ".join(filter(None, ("" if player.maker == "unknown" else player.maker, (player.since or "")[:4])))
    how = f'<p class="card-how"><b>{escape(STAGE[player.runs])}</b> {escape(player.loads or "")}</p>'
    first = f'<span class="first">{escape(player.figures[0].text)}</span>' if player.figures else ""
    return (
        f'<details class="card" data-kind="{player.kind}"><summary><b>{escape(player.name)} <span>{escape(made)}</span></b>{first}</summary><div>'
        f"<p>{escape(player.about)}</p>"
        + (f"<dl>{rows}</dl>" if rows else "")
        + how
        + f'<p class="sources">{sources_line(player.sources)}</p></div></details>'
    )


def twins_card() -> str:
    """The two models that run here at once."""
    return (
        '<details class="card" data-kind="diffusion" open><summary><b>The twins of this page</b></summary><div>'
        f"<p>{ON_STAGE} One architecture, one size, the same texts; only the objective differs.</p>"
        '<p><button type="button" data-try="first">Put them on the stage</button></p></div></details>'
    )


def cards(claims: Claims, which: str) -> str:
    """``twins``; ``deck``: the diffusion models the deck names; ``later``: those that came after it; ``ar``: what they are held against."""
    if which == "twins":
        return f'<div class="cards">{twins_card()}</div>'
    chosen = {
        "deck": claims.players_of("diffusion", in_deck=True),
        "later": claims.players_of("diffusion", in_deck=False),
        "ar": claims.players_of("ar"),
    }[which]
    return f'<div class="cards">{"".join(player_card(player) for player in chosen)}</div>'


def drawing(title: str, claims: tuple[Claim, ...]) -> str:
    """The deck's strings as it prints them, labelled as the illustration they are."""
    drawn = [claim for claim in claims if claim.unit == "drawing"]
    names = PHASES if len(drawn) == len(PHASES) else [("AR" if "AR" in claim.says else "diffusion") for claim in drawn]
    lines = "".join(
        f'<li data-kind="{"ar" if name == "AR" else "diffusion"}"><code>{escape(str(claim.value))}</code><span>{name}</span></li>'
        for claim, name in zip(drawn, names)
    )
    return f'<figure class="drawing"><ol>{lines}</ol><figcaption>{escape(title)} An illustration, not a run.</figcaption></figure>'
