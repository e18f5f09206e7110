"""Escapes HTML for gradio's templates, which treat ``${}``, backticks, backslashes and ``{{}}`` as code."""

from __future__ import annotations

MARKS = str.maketrans({"$": "&#36;", "`": "&#96;", "\\": "&#92;", "{": "&#123;", "}": "&#125;"})


def in_template(html: str) -> str:
    """HTML in which gradio finds no code. A second call changes nothing."""
    return str(html).translate(MARKS)
