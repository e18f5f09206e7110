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
        "The twins are tiny: they know everyday task dialogues (restaurants, hotels, flights, doctors, tickets, rides) "
        "and a little storytelling."
    )
    examples: tuple[str, ...] = (
        "I need to find a dentist in Fremont.",
        "Can you book a table for two at an Italian restaurant tonight?",
        "I want to buy a bus ticket to Los Angeles for tomorrow.",
        "What is the weather going to be like in San Jose?",
        "Once upon a time there was a little girl who",
    )


TWINS = TwinRecord()
