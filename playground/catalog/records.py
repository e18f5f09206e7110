"""What can be loaded, as data: one record per pair of models."""

from __future__ import annotations

from dataclasses import dataclass

from playground.request.race_request import LENGTHS

PROMPT_ROOM = 64  # tokens of a context that a prompt of ordinary length may need


@dataclass(frozen=True)
class TwinRecord:
    """Where the twins lie, in ``models/`` or anywhere, and what a reader should know of them. context: positions that a text may
    fill. Their windows of training had 128; up to 160 they read no worse, up to 192 the AR twin somewhat (models/LOG.md). own: the kinds of which a visitor gave a folder (engine/own_twins.py)."""

    diffusion: str = "twin-diffusion"
    ar: str = "twin-ar"
    context: int = 192
    knows: str = (
        "The twins are tiny: they know everyday requests of some 160 kinds (messages, bookings, sums, single words, "
        "short stories) in the words of templates, and few facts."
    )
    examples: tuple[str, ...] = (
        "Write a thank you email to Tom for the flowers.",
        "Book a flight from Boston to Rome on May 3.",
        "Move the meeting with Tom from Monday to Thursday.",
        "What is a diffusion model?",
        "How do I boil an egg?",
    )
    own: frozenset[str] = frozenset()

    @property
    def longest(self) -> int:
        """Tokens of text that fit beside a prompt of ordinary length."""
        return max(LENGTHS[0], min(LENGTHS[1], self.context - PROMPT_ROOM))


TWINS = TwinRecord()

if __name__ == "__main__":
    print(TWINS.examples[0])  # the prompt of the recorded race, for `make record`
