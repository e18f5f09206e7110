"""Notices a reply that repeats the key: some gateways send their errors as text of the model, with what they were sent.

Such a text would go into the trace, and with it into files and links.
"""

from __future__ import annotations

from playground.served.reader import Piece

SAME = 16  # characters of a key in a row; the first ones of a key are often the same in all keys of a provider
SHORTEST = 8  # characters; a shorter key protects nothing, and would be found in any text


class Guard:
    """Reads a reply piece by piece. It lives as long as the call."""

    def __init__(self, key: str) -> None:
        size = min(SAME, len(key))
        self._parts = [key[at : at + size] for at in range(len(key) - size + 1)] if size >= SHORTEST else []
        self._last = ""  # the end of the text so far

    def repeats(self, piece: Piece) -> bool:
        """Whether the text with this piece repeats the key. Pieces before it can hold SAME - 1 characters of it."""
        text = piece.text if piece.whole else self._last + piece.text
        self._last = text[1 - SAME :]
        return any(part in text for part in self._parts)
