"""Renders the data of the claims as HTML: claims with their status, players as cards, and the deck's drawings."""

from __future__ import annotations

from markupsafe import Markup

from playground.evidence.claims import STATUSES, Claim, Claims, Player
from playground.web.templates import render

STAGE = {  # Player.runs -> how one can run it
    "weights": "Its weights are open. How it loads, for engineers:",
    "api": "Its maker serves it.",
    "blocked": "Its weights are open, but do not load here.",
    "closed": "It cannot be had, as far as our notes know.",
    "gone": "It was shut down.",
}
PHASES = ("noise", "rough", "clear", "final")


def claims_list(title: str, claims: tuple[Claim, ...]) -> Markup:
    """A collapsed list of the deck's claims, with the number of claims of each status."""
    counts = ", ".join(
        f"{n} {status}{'s' if status == 'illustration' and n > 1 else ''}"
        for status in STATUSES
        if (n := sum(claim.status == status for claim in claims))
    )
    return render("cards/claims.html", title=title, counts=counts, claims=claims, finding=finding)


def finding(claim: Claim) -> str:
    """The status and the finding of a claim, without repeating a finding that starts with the status."""
    return claim.status if claim.finding.startswith(claim.status) else f"{claim.status}: {claim.finding}"


def made(player: Player) -> str:
    """The maker of a player and the year of its release, as far as they are known."""
    return ", ".join(filter(None, ("" if player.maker == "unknown" else player.maker, (player.since or "")[:4])))


def cards(claims: Claims, which: str) -> Markup:
    """The cards of one group of players.

    which: "twins"; "deck" for the diffusion models in the deck; "later" for newer ones; "ar" for the AR models they are
    compared with.
    """
    if which == "twins":
        return render("cards/twins.html")
    chosen = {
        "deck": claims.players_of("diffusion", in_deck=True),
        "later": claims.players_of("diffusion", in_deck=False),
        "ar": claims.players_of("ar"),
    }[which]
    return render("cards/players.html", players=chosen, made=made, stage=STAGE)


def drawing(title: str, claims: tuple[Claim, ...]) -> Markup:
    """The deck's drawings of text, as printed there and labelled as illustrations."""
    drawn = [claim for claim in claims if claim.unit == "drawing"]
    names = PHASES if len(drawn) == len(PHASES) else [("AR" if "AR" in claim.says else "diffusion") for claim in drawn]
    lines = [(name, claim.value) for name, claim in zip(names, drawn)]
    return render("cards/drawing.html", title=title, lines=lines)
