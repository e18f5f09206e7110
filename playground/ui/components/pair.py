"""What the page calls the two models that race by default."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from playground.catalog.records import TWINS, ModelRecord

SAME_SIZE = 1.15  # parameters of two models of the same size differ by this factor at most


@dataclass(frozen=True)
class Pair:
    """The first model and its partner in words. By default those of the twins that ship."""

    tagline: str = "A diffusion language model and its autoregressive twin write the same reply, on one honest clock."
    partner: str = "AR twin"  # in the menu of rivals
    what: str = "The autoregressive model of the same size."  # the partner in a sentence


def pair_of(models: Sequence[ModelRecord]) -> Pair:
    """The words for an engine's models. Only models of one family are called twins."""
    if not models:
        return Pair()
    first = models[0]
    partner = next((record for record in models if record.key == first.partner), None)
    if partner is None:
        return Pair(f"{first.title} writes a reply; every pass is kept.", "No rival", f"{first.title} runs alone.")
    if first.family == partner.family == TWINS[0].family:
        return Pair()
    kind = "a partner of the same size" if _same_size(first, partner) else "its partner"
    return Pair(
        f"{first.title} and {partner.title}, {kind}, write the same reply, on one honest clock.",
        partner.title,
        f"{kind[0].upper()}{kind[1:]}, not a twin.",
    )


def _same_size(one: ModelRecord, other: ModelRecord) -> bool:
    """Whether both sizes are known and about equal."""
    small, large = sorted((one.parameters, other.parameters))
    return 0 < large <= SAME_SIZE * small
