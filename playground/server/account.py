"""The account that visitors of a shared page must have."""

from __future__ import annotations

import argparse

VARIABLE = "PLAYGROUND_AUTH"


def account(text: str) -> tuple[str, str] | None:
    """USER:PASSWORD as its two parts; the password may hold colons. None for an empty text. Raises ArgumentTypeError, which never
    repeats what was given."""
    if not text:
        return None
    user, colon, password = text.partition(":")
    if not (user.strip() and colon and password.strip()):
        raise argparse.ArgumentTypeError(
            f"the account is given as USER:PASSWORD, neither of them empty, here or in {VARIABLE}"
        )
    return user, password
