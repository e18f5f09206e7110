"""Scripts and styles without what only their readers need: comments, spaces, the long names of local variables.

tdewolff's minifier does it. Where it has no ready package (Apple silicon) they are sent as they are written, and do the same.
"""

from __future__ import annotations

try:
    import minify
except ImportError:
    minify = None


def lean_js(source: str) -> str:
    """The same program. Names of the outermost level and of properties stay as they are."""
    return minify.string("text/javascript", source) if minify else source


def lean_css(source: str) -> str:
    """The same rules."""
    return minify.string("text/css", source) if minify else source
