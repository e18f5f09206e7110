"""What a person can mend: the one base of all errors that a page or a terminal shows."""

from __future__ import annotations


class PlaygroundError(Exception):
    """Something a visitor can mend. ``str(error)`` says what happened and what to do; ``offers`` are prompts that work."""

    def __init__(self, message: str, offers: tuple[str, ...] = ()):
        super().__init__(message)
        self.offers = offers


class TrainingError(ValueError):
    """A folder, a file or a setting of training cannot be used; the message says what happened and what to do."""
