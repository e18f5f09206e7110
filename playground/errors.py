"""The base classes of errors that a person can correct; a page or a terminal shows their messages."""

from __future__ import annotations


class PlaygroundError(Exception):
    """An error that a visitor can correct. ``str(error)`` says what happened and what to do; ``offers`` are prompts
    that work."""

    def __init__(self, message: str, offers: tuple[str, ...] = ()):
        super().__init__(message)
        self.offers = offers


class TrainingError(ValueError):
    """A folder, a file or a setting of training cannot be used. The message says what happened and what to do."""
