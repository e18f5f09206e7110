"""The address by which others on the same network reach a page of this machine."""

from __future__ import annotations

import socket

ELSEWHERE = ("192.0.2.1", 9)  # an address of no machine (RFC 5737); a datagram socket that connects sends nothing
PATIENCE_S = 0.5


def network_url(port: int | None) -> str:
    """The page's URL on the network; empty where there is no network, or where the page does not listen on it. port: on
    which the page is served; None for a page that is not served yet."""
    address = network_address()
    return f"http://{address}:{port}" if port and address and answers(address, port) else ""


def network_address() -> str:
    """This machine's IPv4 address on its network; empty without one."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect(ELSEWHERE)
            address = str(probe.getsockname()[0])
    except OSError:
        return ""
    return "" if address.startswith(("127.", "0.")) else address


def answers(address: str, port: int) -> bool:
    """Whether something listens there."""
    try:
        socket.create_connection((address, port), timeout=PATIENCE_S).close()
    except OSError:
        return False
    return True
