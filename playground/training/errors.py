"""What a person at the command line can mend."""


class TrainingError(ValueError):
    """A folder, a file or a setting cannot be used; the message says what happened and what to do."""
