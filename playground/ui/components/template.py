"""HTML for gradio's templates, which read ``${}``, backticks, backslashes and ``{{}}`` as code."""

from __future__ import annotations

MARKS = str.maketrans({"$": "&#36;", "`": "&#96;", "\\": "&#92;", "{": "&#123;", "}": "&#125;"})


def in_template(html: str) -> str:
    """HTML that stands in a template as it is; what was put through this before stays the same."""
    return str(html).translate(MARKS)
