"""A public link to the page on this machine, through gradio's relay."""

from __future__ import annotations

import os
import secrets

from gradio import networking
from gradio.tunneling import CURRENT_TUNNELS

from playground.errors import PlaygroundError
from playground.server.listening import local_address


def public_link(host: str, port: int) -> str:
    """Open a tunnel to the relay and return the public address, which works for a week at most. Raises
    PlaygroundError."""
    if os.environ.get("SPACE_ID"):
        raise PlaygroundError("A Space has a public address already, so --share does nothing here.")
    try:
        return networking.setup_tunnel(
            local_host=local_address(host),
            local_port=port,
            share_token=secrets.token_urlsafe(32),
            share_server_address=None,
            share_server_tls_certificate=None,
        )
    except (
        Exception
    ) as error:  # gradio has no exception types for this: no network, no relay, its program missing, a wrong checksum
        raise PlaygroundError(
            "No public link could be made: gradio's relay, or its program for this machine, cannot be reached. Look at the "
            "network and start again with --share; the page is served at its own address all the same."
        ) from error


def close_links() -> None:
    """End every tunnel."""
    for tunnel in list(CURRENT_TUNNELS):
        tunnel.kill()
