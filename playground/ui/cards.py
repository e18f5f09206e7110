"""Records of the claims data as HTML: claims with their status, players as cards, the deck's drawings, the sources under a chart."""
from __future__ import annotations

from html import escape
from typing import Iterable

from playground.claims import RUNS, STATUSES, Claim, Claims, Figure, Player, Source

ON_STAGE = "This is what the race on the stage shows: the twins of this page."


def claims_list(title: str, claims: tuple[Claim, ...]) -> str:
    """Claims of the deck, folded away: what each says, whether it holds, what is true instead, and who says so."""
    counts = ", ".join(f"{n} {status}" for status in STATUSES if (n := sum(claim.status == status for claim in claims)))
    return (
        f'<details class="claims"><summary>{escape(title)} <span>{escape(counts)}</span></summary>'
        f'<ol>{"".join(claim_item(claim) for claim in claims)}</ol></details>'
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
    return (
        f'{escape(figure.label)}: <b>{escape(figure.text)}</b>{device} <span class="status" data-status="{figure.status}">{figure.status}</span>'
    )


def sources_line(sources: Iterable[Source]) -> str:
    """Who says so, and when, with a link where an address is known."""
    told = []
    for source in {source.id: source for source in sources}.values():
        title = f'<a href="{escape(source.url)}" target="_blank" rel="noopener">{escape(source.title)}</a>' if source.url else escape(source.title)
        told.append(f"{title} ({escape(source.by)}, {source.date or 'undated'})")
    return "; ".join(told)


def player_card(player: Player) -> str:
    """Who makes it, what is known of it, and whether it can be put on a stage."""
    rows = "".join(
        f'<div><dt>{escape(figure.label)}</dt><dd>{escape(figure.text)} <span class="status" data-status="{figure.status}">{figure.status}</span></dd></div>'
        for figure in player.figures
    )
    since = f", {player.since}" if player.since else ""
    how = f"<p class=\"card-how\"><b>{escape(RUNS[player.runs].capitalize())}.</b> {escape(player.loads or '')}</p>"
    return (
        f'<article class="card" data-kind="{player.kind}"><h3>{escape(player.name)}</h3>'
        f'<p class="card-maker">{"maker unknown" if player.maker == "unknown" else escape(player.maker)}{since}</p>'
        f"<p>{escape(player.about)}</p>" + (f"<dl>{rows}</dl>" if rows else "") + how
        + f'<p class="sources">{sources_line(player.sources)}</p></article>'
    )


def twins_card() -> str:
    """The two models that run here at once."""
    return (
        '<article class="card" data-kind="diffusion"><h3>The twins of this page</h3><p class="card-maker">trained for it, in models/</p>'
        f"<p>{ON_STAGE} One architecture, one size, the same texts; only the objective differs.</p>"
        '<p class="card-how"><button type="button" data-try="first">Put them on the stage</button></p></article>'
    )


def cards(claims: Claims, which: str) -> str:
    """``deck``: the diffusion models the deck names, after the twins; ``later``: those that came after it; ``ar``: what they are held against."""
    chosen = {
        "deck": claims.players_of("diffusion", in_deck=True), "later": claims.players_of("diffusion", in_deck=False), "ar": claims.players_of("ar"),
    }[which]
    first = twins_card() if which == "deck" else ""
    return f'<div class="cards">{first}{"".join(player_card(player) for player in chosen)}</div>'


def drawing(title: str, claims: tuple[Claim, ...]) -> str:
    """The deck's strings as it prints them, labelled as the illustration they are."""
    lines = "".join(
        f'<li data-kind="{"ar" if "AR" in claim.says else "diffusion"}"><code>{escape(str(claim.value))}</code><span>{escape(claim.says)}</span></li>'
        for claim in claims if claim.unit == "drawing"
    )
    return f'<figure class="drawing"><ol>{lines}</ol><figcaption>{escape(title)} An illustration, not a run.</figcaption></figure>'
