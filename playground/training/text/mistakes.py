"""Exceptions for mistakes in data files."""

from __future__ import annotations

from playground.errors import TrainingError


class Mistake(ValueError):
    """One mistake in one data file. The message is a sentence without the file's name."""


class TextError(TrainingError):
    """The data files cannot be used, or a kind cannot be drawn. The message names the file and says what to do."""
