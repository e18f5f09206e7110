"""Text and HTML for gradio's templates, which read ``${}``, backticks, backslashes and ``{{}}`` as code."""

from __future__ import annotations

from html import escape

MARKS = str.maketrans({"$": "&#36;", "`": "&#96;", "\\": "&#92;", "{": "&#123;", "}": "&#125;"})


def in_template(html: str) -> str:
    """HTML that stands in a template as it is."""
    return html.translate(MARKS)


def literal(text: str) -> str:
    """Plain text, whatever stands in it."""
    return in_template(escape(text))
