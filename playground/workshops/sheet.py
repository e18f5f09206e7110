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
    """The address that opens the page with an exercise. ``address`` is that of the page."""
    return f"{address}?{urlencode({'workshop': workshop.id})}"


def sheet(exercises: tuple[Workshop, ...], address: str = ADDRESS, answers: bool = True) -> str:
    """A sheet as HTML. Its font is inside, so that a track fits one page everywhere. answers: for the leader, with what
    to observe; without, there is room to write."""
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
