"""The user name and password that protect a shared page."""

from __future__ import annotations

import argparse

VARIABLE = "PLAYGROUND_AUTH"


def account(text: str) -> tuple[str, str] | None:
    """USER:PASSWORD -> (user, password). The password may contain colons. None for an empty text. Raises
    ArgumentTypeError, whose message never contains the input."""
    if not text:
        return None
    user, colon, password = text.partition(":")
    if not (user.strip() and colon and password.strip()):
        raise argparse.ArgumentTypeError(
            f"the account is given as USER:PASSWORD, neither of them empty, here or in {VARIABLE}"
        )
    return user, password
