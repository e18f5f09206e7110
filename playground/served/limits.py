"""How much time and how many bytes a served model may take."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Of one request."""

    connect: float = 10.0  # seconds for a connection, TLS included
    silence: float = 30.0  # seconds between two pieces of the response; comments end a silence
    closing: float = 5.0  # seconds that are waited for more once the model said that it had finished
    total: float = 180.0  # seconds from the request to the end of the reply
    event: int = 1 << 20  # bytes of one event
    reply: int = 16 << 20  # characters of all events together
    whole: int = 4 << 20  # bytes of a reply that is no stream
    refusal: int = 64 << 10  # bytes that are read of an error


LIMITS = Limits()
