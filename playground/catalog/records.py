"""What can be loaded, as data: one record per pair of models."""
from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TwinRecord:
    """Where the twins lie and what a reader should know of them. context: the longest windows they were trained on."""

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


TWINS = TwinRecord()
