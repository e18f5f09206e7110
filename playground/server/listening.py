"""The sockets on which the page listens, IPv4 and IPv6.

Quick to import, so that a bad address is reported before any model loads.
"""

from __future__ import annotations

import errno
import os
import socket

from playground.errors import PlaygroundError

ALL_IPV6 = "::"


class AddressError(PlaygroundError):
    """The server cannot listen on this address. The message says why, and what to do."""


def listen(host: str, port: int) -> list[socket.socket]:
    """Sockets bound to every address of a host.

    host: a name, an IPv4 address, or an IPv6 address with or without brackets; ``0.0.0.0`` means all IPv4 addresses,
    ``::`` all addresses of both kinds. port: 0 for any free port. Raises AddressError.
    """
    bare = host.removeprefix("[").removesuffix("]")
    try:
        found = socket.getaddrinfo(bare, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, ValueError):  # ValueError: not a valid host name
        raise AddressError(unknown(host)) from None
    bound: list[socket.socket] = []
    refused: OSError | None = None
    for family, *_, address in dict.fromkeys(found):
        try:
            bound.append(bind(family, address, bare == ALL_IPV6))
        except OSError as error:
            if error.errno not in (
                errno.EADDRNOTAVAIL,
                errno.EAFNOSUPPORT,
            ):  # a name may resolve to addresses that this machine does not have
                close(bound)
                raise AddressError(refusal(host, port, error)) from None
            refused = error
    if refused and not bound:
        raise AddressError(unknown(host))
    return bound


def bind(family: int, address: tuple, both_kinds: bool) -> socket.socket:
    """One bound socket. both_kinds: an IPv6 socket also accepts IPv4, if the system supports that. Raises OSError."""
    dual = both_kinds and family == socket.AF_INET6 and socket.has_dualstack_ipv6()
    return socket.create_server(address, family=family, dualstack_ipv6=dual)


def close(sockets: list[socket.socket]) -> None:
    """Close every socket."""
    for one in sockets:
        one.close()


def unknown(host: str) -> str:
    """A sentence for a host that is not an address of this machine."""
    return (
        f"The host {host!r} is no address of this machine. Give --host 127.0.0.1, or 0.0.0.0 or :: for all addresses."
    )


def refusal(host: str, port: int, error: OSError) -> str:
    """A sentence that says why a port cannot be used, and what to do."""
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} cannot be used: another program holds it. End that program, or choose another port with --port."
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"Port {port} on {host} cannot be used: this user may not open it. Choose a port of 1024 or above with --port."
    return f"Port {port} on {host} cannot be used: {os.strerror(error.errno or 0)}. Choose another with --port."


def local_address(host: str) -> str:
    """An address at which this machine can reach a server that listens on ``host``, without brackets."""
    bare = host.removeprefix("[").removesuffix("]")
    return {"0.0.0.0": "127.0.0.1", ALL_IPV6: "::1"}.get(bare, bare)


def url(host: str, port: int) -> str:
    """The address to open in a browser on this machine."""
    address = local_address(host)
    return f"http://[{address}]:{port}" if ":" in address else f"http://{address}:{port}"
