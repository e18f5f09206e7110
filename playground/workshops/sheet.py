"""Sheets to print, for the leader and for students: each track on a page, each exercise with a link that sets the page
for it, and the link as a QR code."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlencode, urlsplit

from markupsafe import Markup

from playground.errors import PlaygroundError
from playground.web.qr import Code, qr
from playground.web.templates import render
from playground.workshops.exercises import Workshop, tracks

ADDRESS = "http://127.0.0.1:7860/"


def link(workshop: Workshop, address: str) -> str:
    """The address that opens the page with an exercise. ``address`` is that of the page; what it asks for itself is left
    out."""
    return urlsplit(address)._replace(query=urlencode({"workshop": workshop.id}), fragment="").geturl()


def sheet(exercises: tuple[Workshop, ...], address: str = ADDRESS, answers: bool = True) -> str:
    """A sheet as HTML. Its font is inside, so that a track fits one page everywhere. answers: for the leader, with what
    to observe; without, there is room to write. Raises PlaygroundError for an address that no browser can open."""
    if not is_whole(address):
        raise PlaygroundError(
            f"The page's address must be whole, such as {ADDRESS} or https://play.example.org/, not {address[:80]!r}."
        )
    from playground.web.stage_code import font_faces  # imported here because only printing needs it

    html = render(
        "files/sheet.html",
        tracks=tracks(exercises),
        answers=answers,
        only_here=is_loopback(address),
        link=lambda one: link(one, address),
        code=lambda one: code(link(one, address)),
        fonts=Markup(font_faces()),
    )
    return f"{html}\n"


def code(address: str) -> Code | None:
    """The QR code of an address; None where it is too long for one."""
    try:
        return qr(address)
    except PlaygroundError:
        return None


def is_whole(address: str) -> bool:
    """Whether an address has all that a phone needs that reads it from a code: a scheme and a host."""
    try:
        parts = urlsplit(address)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def is_loopback(address: str) -> bool:
    """Whether only this machine can open an address."""
    try:
        host = urlsplit(address).hostname or ""
    except ValueError:
        return False
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:  # a name
        return False
