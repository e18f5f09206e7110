"""The records that an embed or a mark of the story names."""

from __future__ import annotations

from playground.evidence.claims import Claim, Claims, Figure
from playground.story.pages import Embed


def claims_of(embed: Embed, claims: Claims) -> tuple[Claim, ...]:
    """The claims that an embed lists. Its target is ``1`` for a whole page of the deck, or ``5.1-5.8`` for a range on
    one page. Raises KeyError for an unknown claim and ValueError for a target that is not a number."""
    first, _, last = embed.target.partition("-")
    if "." not in first:
        return claims.of_page(int(first))
    start, end = claims.claim(first), claims.claim(last or first)
    return tuple(claim for claim in claims.of_page(start.page) if start.number <= claim.number <= end.number)


def find_figure(claims: Claims, id: str) -> Figure:
    """A sourced figure by its id: among the newer figures and those of claims and players. Raises KeyError."""
    of_claims = (figure for claim in claims.claims for figure in claim.figures)
    held = [*claims.newer, *of_claims, *(figure for player in claims.players for figure in player.figures)]
    for figure in held:
        if figure.id == id:
            return figure
    raise KeyError(f"There is no figure {id}.")
