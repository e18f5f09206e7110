"""What can be loaded, as data: one record per pair of models."""
from __future__ import annotations

from dataclasses import dataclass

from playground.request import LENGTHS

PROMPT_ROOM = 64  # tokens of a context that a prompt of ordinary length may need


@dataclass(frozen=True)
class TwinRecord:
    """Where the twins lie, in ``models/`` or anywhere, and what a reader should know of them. context: the longest windows they were
    trained on; own: the kinds of which a visitor gave a folder (catalog/own.py)."""

    diffusion: str = "twin-diffusion"
    ar: str = "twin-ar"
    context: int = 192
    knows: str = (
        "The twins are tiny: they know everyday task dialogues (tables, flights, rides, weather, tickets, money) and a little "
        "small talk. Stories come out in fragments."
    )
    examples: tuple[str, ...] = (
        "I want to make a restaurant reservation for 2 people.",
        "I want to see a movie tonight.",
        "Find me a bus to Sacramento.",
        "What is the weather in San Francisco today?",
        "I would like to rent a car in Los Angeles.",
    )
    own: frozenset[str] = frozenset()

    @property
    def longest(self) -> int:
        """Tokens of text that fit beside a prompt of ordinary length."""
        return max(LENGTHS[0], min(LENGTHS[1], self.context - PROMPT_ROOM))


TWINS = TwinRecord()

if __name__ == "__main__":
    print(TWINS.examples[0])  # the prompt of the recorded race, for `make record`
