"""What is wrong in a data file, said in one sentence."""

from __future__ import annotations

from playground.errors import TrainingError


class Mistake(ValueError):
    """One fault in one data file; the message is a sentence without the file's name."""


class TextError(TrainingError):
    """The data files cannot be used, or a kind cannot be drawn; the message names the files and says what to do."""
