"""QR codes as SVG paths."""

from __future__ import annotations

from dataclasses import dataclass

import segno

from playground.errors import PlaygroundError

LONGEST_CODE = 2953  # bytes that the largest QR code holds
BORDER = 4  # modules of white around a code, as its standard asks


@dataclass(frozen=True)
class Code:
    """A QR code."""

    size: int  # width and height with the border, in modules
    path: str  # an SVG path of its dark modules


def qr(text: str) -> Code:
    """The QR code of a text. Raises PlaygroundError if the text is too long."""
    try:
        if not isinstance(text, str) or len(text) > LONGEST_CODE:
            raise ValueError
        code = segno.make_qr(text, error="m" if len(text) < 1500 else "l")
    except (segno.DataOverflowError, ValueError):
        raise PlaygroundError("The link is too long for a QR code. Shorten the prompt.") from None
    rows = list(code.matrix_iter(border=BORDER))
    path = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark)
    return Code(len(rows), path)
